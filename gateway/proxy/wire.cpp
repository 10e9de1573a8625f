#include "gateway/proxy/wire.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace mt::gateway {

Wire::Ptr Wire::make(asio::io_context& io, int fd) { return Ptr{new Wire(io, fd)}; }

Wire::Moved Wire::receive(char* to, std::size_t bytes) {
    for (;;) {
        const auto got = ::recv(fd_.native_handle(), to, bytes, MSG_DONTWAIT);
        if (got > 0) {
            // A short read emptied the socket: the next one would only say so. Waiting again notices what came since.
            if (static_cast<std::size_t>(got) < bytes) may_read_ = false;
            return {Io::done, static_cast<std::size_t>(got)};
        }
        if (got == 0) return {Io::closed};
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return {Io::failed};
        may_read_ = false;
        return {Io::would_block};
    }
}

Wire::Moved Wire::send(const iovec* parts, int count) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);  // sendmsg(2) does not write through it
    message.msg_iovlen = static_cast<std::size_t>(count);
    for (;;) {
        const auto put = ::sendmsg(fd_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put >= 0) return {Io::done, static_cast<std::size_t>(put)};
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return {Io::failed};
        may_write_ = false;
        return {Io::would_block};
    }
}

void Wire::shutdown_send() { ::shutdown(fd_.native_handle(), SHUT_WR); }

void Wire::reset_on_close() {
    const linger now{1, 0};
    ::setsockopt(fd_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Wire::woken(bool& armed, bool& may) {
    armed = false;
    may = true;
    if (abandoned_) {
        if (!reading_ && !writing_) delete this;
    } else if (listener_) {
        listener_->news();  // may abandon and free this
    }
}

void Wire::want_read() {
    if (reading_) return;
    reading_ = true;
    fd_.async_wait(asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code&) { woken(reading_, may_read_); });
}

void Wire::want_write() {
    if (writing_) return;
    writing_ = true;
    fd_.async_wait(asio::posix::descriptor_base::wait_write, [this](const boost::system::error_code&) { woken(writing_, may_write_); });
}

void Wire::abandon() {
    boost::system::error_code ignored;
    fd_.close(ignored);
    abandoned_ = true;
    if (!reading_ && !writing_) delete this;
}

}  // namespace mt::gateway
