#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace mt {

/// Lines on their way to one reader of a control stream. Bounded: a reader that is slower than what it listens to
/// loses lines and is told how many, and nobody waits for it. Shared by the reader's session and by whoever writes.
class LineFeed : public std::enable_shared_from_this<LineFeed> {
public:
    /// `io` is the reader's; it outlives the feed.
    explicit LineFeed(boost::asio::io_context& io, std::size_t lines_max = 1000)
        : io_(io), timer_(io), lines_max_(lines_max) {}

    /// Any thread. `line` without its end.
    void put(std::string_view line);
    /// Any thread. The stream ends behind what was put before.
    void end();

    struct Batch {
        std::string text;        ///< whole lines
        std::uint64_t lost = 0;  ///< that came behind them and found no room
        bool ended = false;
    };
    /// On `io`'s thread: waits until there is something.
    boost::asio::awaitable<Batch> take();

private:
    void wake();

    boost::asio::io_context& io_;
    boost::asio::steady_timer timer_;  ///< never expires: cancelled by wake()
    const std::size_t lines_max_;
    std::mutex mutex_;  ///< guards what follows
    std::string text_;
    std::size_t lines_ = 0;
    std::uint64_t lost_ = 0;
    bool ended_ = false;
};

}  // namespace mt
