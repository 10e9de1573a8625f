#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <vector>

namespace mt::gateway {

/// Wakes coroutines that wait for a change of something. One thread. Waiters must keep the owner alive.
class Signal {
public:
    explicit Signal(boost::asio::io_context& io) : io_(io) {}

    void notify();
    /// Returns after the next notify(), or at the deadline. The caller looks again in either case.
    boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point deadline);

private:
    boost::asio::io_context& io_;
    std::vector<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace mt::gateway
