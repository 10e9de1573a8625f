#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "tenant-app/connectors/server/session.hpp"

namespace mt::app::server {

/// Waits for a client library's socket, which stays the library's, until a deadline. Loop thread.
class SocketWait {
public:
    explicit SocketWait(const asio::any_io_executor& executor) : stream_(executor), timer_(executor) {}
    SocketWait(const SocketWait&) = delete;
    SocketWait& operator=(const SocketWait&) = delete;
    ~SocketWait() {
        disarm();
        forget();
    }

    /// The socket to wait for from now on; the same one again costs nothing.
    void watch(int socket);
    /// Must be called before the library closes the socket.
    void forget();

    /// From now until disarm() or the next arm().
    void arm(std::chrono::milliseconds timeout);
    void disarm();
    bool is_late() const { return *late_; }

    enum class For : std::uint8_t { reading, writing };
    /// False: the deadline has passed.
    asio::awaitable<bool> ready(For what);

private:
    asio::posix::stream_descriptor stream_;
    asio::steady_timer timer_;
    // shared with the timer's handler, which may outlive the object
    std::shared_ptr<bool> late_ = std::make_shared<bool>(false);
};

}  // namespace mt::app::server
