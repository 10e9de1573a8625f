#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <filesystem>

namespace mt::app {

/// Has `tenant-mail` deliver the outbox: a process of its own, one at a time, started when there is a message. While
/// some wait it starts again after 10 s, then twice as long each time, an hour at most. Lives on the loop, which it
/// does not keep from ending; a delivery outlives the worker, by two minutes at most, so that no message is cut off in
/// the middle.
class Courier {
public:
    /// `folder` is the tenant's.
    Courier(boost::asio::io_context& io, std::filesystem::path folder);
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    /// A message was put into the outbox, or may lie there from before. Does not block. Loop thread only.
    void wake();

private:
    void start();
    void ended();
    void retry_later();

    std::filesystem::path program_, folder_;
    boost::asio::posix::stream_descriptor process_;  ///< a pidfd
    boost::asio::steady_timer timer_;
    std::chrono::seconds pause_{0};
    int pid_ = -1;
    bool again_ = false;
};

}  // namespace mt::app
