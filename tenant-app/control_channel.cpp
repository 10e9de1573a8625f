#include "tenant-app/control_channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/pass_descriptor.hpp"

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

void ControlChannel::listen(Callbacks callbacks) {
    if (!channel_.is_open()) return;
    callbacks_ = std::move(callbacks);
    read();
}

void ControlChannel::read() {
    channel_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        const auto got = receive();
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            callbacks_.on_gone();
            return;
        }
        take_lines();
        read();
    });
}

ssize_t ControlChannel::receive() {
    std::array<char, 256> bytes;
    const auto got = receive_with_descriptor(channel_.native_handle(), bytes.data(), bytes.size(), passed_);
    if (got > 0) received_.append(bytes.data(), static_cast<std::size_t>(got));
    return got;
}

void ControlChannel::take_lines() {
    for (auto end = received_.find('\n'); end != std::string::npos; end = received_.find('\n')) {
        const auto line = received_.substr(0, end);
        received_.erase(0, end + 1);
        if (line == "drain") callbacks_.on_drain();
        if (line == "end-streams") callbacks_.on_end_streams();
        if (line == "successor" && passed_) callbacks_.on_successor(std::exchange(passed_, Fd{}));
        // A line of a newer gateway that we do not know is none of our business.
    }
    constexpr std::size_t line_bytes_max = 4096;
    if (received_.size() > line_bytes_max) received_.clear();
}

}  // namespace mt::app
