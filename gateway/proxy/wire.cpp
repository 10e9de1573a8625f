#include "gateway/proxy/wire.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace mt::gateway {

namespace {
// A UNIX socket tells that it is writable whenever its reader takes something: one more wake-up per request. So that is asked
// for only by a socket that was full, and no longer once it rests.
constexpr std::uint32_t k_reading = EPOLLIN | EPOLLRDHUP | EPOLLET, k_writing_too = k_reading | EPOLLOUT;
}  // namespace

Wire::Wire(Reactor& reactor, int fd, End end) : reactor_(reactor), fd_(fd), may_read_(end == End::accepted), may_write_(end != End::connecting) {}

Wire::~Wire() = default;

Wire::Ptr Wire::make(Reactor& reactor, int fd, End end) {
    Ptr wire{new Wire(reactor, fd, end)};
    if (!reactor.watch(fd, k_reading, *wire)) wire.reset();
    return wire;
}

Wire::Ptr Wire::make_detached(Reactor& reactor) { return Ptr{new Wire(reactor, -1, End::accepted)}; }

Wire::Moved Wire::receive_plain(char* to, std::size_t bytes) {
    for (;;) {
        const auto got = ::recv(fd_, to, bytes, MSG_DONTWAIT);
        if (got > 0) {
            // A short read emptied the socket: the next one would only say so, and whatever comes since is a new edge. But an end
            // that was announced together with these bytes is not.
            if (static_cast<std::size_t>(got) < bytes) may_read_ = hung_up_;
            return {Io::done, static_cast<std::size_t>(got)};
        }
        if (got == 0) return {Io::closed};
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return {Io::failed};
        may_read_ = false;
        return {Io::would_block};
    }
}

Wire::Moved Wire::send_plain(const iovec* parts, int count) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);  // sendmsg(2) does not write through it
    message.msg_iovlen = static_cast<std::size_t>(count);
    for (;;) {
        const auto put = count == 1 ? ::send(fd_, parts->iov_base, parts->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put >= 0) return {Io::done, static_cast<std::size_t>(put)};
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return {Io::failed};
        may_write_ = false;
        return {Io::would_block};
    }
}

bool Wire::is_connected() const {
    int error = 0;
    socklen_t length = sizeof error;
    return may_write_ && ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

Wire::Moved Wire::through_layer(char* to, std::size_t bytes) { return layer_->receive(to, bytes); }

Wire::Moved Wire::through_layer(const iovec* parts, int count) { return layer_->send(parts, count); }

void Wire::put_layer(std::unique_ptr<WireLayer> layer) { layer_ = std::move(layer); }

void Wire::say_end() {
    if (layer_) layer_->say_end();
}

void Wire::shutdown_send() {
    say_end();
    if (fd_ >= 0) ::shutdown(fd_, SHUT_WR);
}

void Wire::reset_on_close() {
    const ::linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool Wire::is_quiet() {
    if (!may_read_) return true;
    if (hung_up_) return false;
    char byte;
    const auto there = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (there >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) return false;
    may_read_ = false;
    return true;
}

void Wire::ready(std::uint32_t events) {
    if (events == 0) queued_ = false;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) hung_up_ = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) may_read_ = true;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) may_write_ = true;
    const bool read = wants_read_ && may_read_, write = wants_write_ && may_write_;
    if (!read && !write) return;
    wants_read_ = wants_read_ && !read;
    wants_write_ = wants_write_ && !write;
    if (listener_) listener_->news();  // may abandon and free this
}

void Wire::ask_again() {
    if (std::exchange(queued_, true)) return;
    reactor_.again(*this);
}

void Wire::want_read() {
    wants_read_ = true;
    if (may_read_) ask_again();
}

void Wire::want_write() {
    wants_write_ = true;
    if (may_write_) return ask_again();
    if (fd_ < 0) return;
    // What it has become meanwhile is told too. If the system refuses, the deadline ends the wait.
    if (!watches_write_) watches_write_ = reactor_.rewatch(fd_, k_writing_too, *this);
}

void Wire::announce() {
    may_read_ = may_write_ = true;
    if (wants_read_ || wants_write_) ask_again();
}

void Wire::rest() {
    wants_write_ = false;
    if (watches_write_) watches_write_ = !reactor_.rewatch(fd_, k_reading, *this);
}

void Wire::abandon() {
    reactor_.forget(*this);
    if (fd_ >= 0) {
        // Closing it does not end the watching while a child that is being spawned has a copy of it.
        reactor_.unwatch(fd_);
        ::close(fd_);
    }
    delete this;
}

}  // namespace mt::gateway
