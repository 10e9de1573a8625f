#include "tenant-app/control_channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace mt::app {

void say_line(int fd, std::string_view line) {
    if (fd < 0) return;
    const std::string bytes = std::string{line} + "\n";
    std::string_view left = bytes;
    while (!left.empty()) {
        const auto put = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
        if (put >= 0) {
            left.remove_prefix(static_cast<std::size_t>(put));
            continue;
        }
        if (errno == EINTR) continue;
        // The descriptor does not block once Asio has it. A gateway that reads nothing for so long is as good as gone.
        pollfd ready{fd, POLLOUT, 0};
        constexpr int patience_ms = 5000;
        if (errno != EAGAIN || ::poll(&ready, 1, patience_ms) <= 0) return;
    }
}

ControlChannel::ControlChannel(asio::io_context& io, Fd fd) : channel_(io) {
    boost::system::error_code ignored;
    if (fd) channel_.assign(fd.release(), ignored);
}

void ControlChannel::say(std::string_view line) {
    if (channel_.is_open()) say_line(channel_.native_handle(), line);
}

void ControlChannel::listen(std::function<void()> on_drain, std::function<void()> on_gone) {
    if (!channel_.is_open()) return;
    on_drain_ = std::move(on_drain);
    on_gone_ = std::move(on_gone);
    read();
}

void ControlChannel::read() {
    channel_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        std::array<char, 256> bytes;
        const auto got = ::recv(channel_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            on_gone_();
            return;
        }
        if (got > 0) received_.append(bytes.data(), static_cast<std::size_t>(got));
        take_lines();
        read();
    });
}

void ControlChannel::take_lines() {
    for (auto end = received_.find('\n'); end != std::string::npos; end = received_.find('\n')) {
        if (received_.compare(0, end, "drain") == 0) on_drain_();
        received_.erase(0, end + 1);  // a line of a newer gateway that we do not know is none of our business
    }
    constexpr std::size_t line_bytes_max = 4096;
    if (received_.size() > line_bytes_max) received_.clear();
}

}  // namespace mt::app
