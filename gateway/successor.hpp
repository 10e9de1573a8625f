#pragma once
#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/inheritance.hpp"

namespace mt::gateway {

/// The process that is to serve in our place. In a session of its own: a terminal's Ctrl-C is for the process that the
/// terminal waits for, which passes it on. Destroying the object does not end the process.
class Successor : public std::enable_shared_from_this<Successor> {
public:
    /// Runs `program` with our environment, folder and standard descriptors, and one end of a link. Fails with failed
    /// if it cannot be run.
    static Result<std::shared_ptr<Successor>> start(boost::asio::io_context& io, const std::string& program,
                                                    const std::vector<std::string>& arguments);
    Successor(boost::asio::io_context& io, pid_t pid, Fd pidfd, Fd link);
    ~Successor();

    pid_t pid() const { return pid_; }
    HandoverLink& link() { return link_; }

    /// Gives it what is there, and returns when it serves. Fails with what it says against it, with failed if it ends,
    /// with timed_out; in each case its process is gone then. What `records` borrow stays open meanwhile.
    boost::asio::awaitable<Status> take_over(std::vector<HandoverRecord> records, std::chrono::milliseconds wait);
    /// Ends a process that has not taken over yet: take_over() fails then.
    void kill();

private:
    boost::asio::awaitable<void> give(const std::vector<HandoverRecord>& records);
    boost::asio::awaitable<Error> why_not(std::chrono::milliseconds waited);
    void kill_after(std::chrono::milliseconds wait);
    void watch();
    bool reap();

    pid_t pid_;
    HandoverLink link_;
    boost::asio::posix::stream_descriptor process_;
    boost::asio::steady_timer timer_;
    std::optional<Error> refusal_;
    std::optional<int> status_;  ///< of the process's end, as waitpid(2) has it
    bool too_late_ = false;
};

}  // namespace mt::gateway
