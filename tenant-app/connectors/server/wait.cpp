#include "tenant-app/connectors/server/wait.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mt::app::server {

void SocketWait::watch(int socket) {
    if (stream_.is_open() && stream_.native_handle() == socket) return;
    forget();
    boost::system::error_code ignored;
    stream_.assign(socket, ignored);
}

void SocketWait::forget() {
    if (stream_.is_open()) stream_.release();
}

void SocketWait::arm(std::chrono::milliseconds timeout) {
    late_ = std::make_shared<bool>(false);
    timer_.expires_after(timeout);
    timer_.async_wait([this, late = std::weak_ptr<bool>{late_}](const boost::system::error_code& cancelled) {
        const auto alive = late.lock();
        if (cancelled || !alive) return;
        *alive = true;
        boost::system::error_code ignored;
        stream_.cancel(ignored);
    });
}

void SocketWait::disarm() {
    late_ = std::make_shared<bool>(false);
    timer_.cancel();
}

asio::awaitable<bool> SocketWait::ready(For what) {
    if (is_late()) co_return false;
    const auto direction = what == For::reading ? asio::posix::descriptor_base::wait_read
        : asio::posix::descriptor_base::wait_write;
    boost::system::error_code error;
    co_await stream_.async_wait(direction, asio::redirect_error(asio::use_awaitable, error));
    co_return !is_late();
}

}  // namespace mt::app::server
