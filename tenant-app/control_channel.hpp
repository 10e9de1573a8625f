#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "base/files.hpp"

namespace mt::app {

namespace asio = boost::asio;

/// The worker's end of the control channel (docs/ARCHITECTURE.md, "The worker's contract"). Loop thread only.
class ControlChannel {
public:
    /// No descriptor, no gateway: lines are dropped and nothing ever comes.
    ControlChannel(asio::io_context& io, Fd fd);

    /// Writes one line, waiting if the gateway is slow. `line` holds no line break.
    void say(std::string_view line);
    /// Reads lines from now on: `drain` calls `on_drain`, the channel's end calls `on_gone`.
    void listen(std::function<void()> on_drain, std::function<void()> on_gone);

private:
    void read();
    void take_lines();

    asio::posix::stream_descriptor channel_;
    std::function<void()> on_drain_, on_gone_;
    std::string received_;
};

/// Writes a line to a channel before there is a loop.
void say_line(int fd, std::string_view line);

}  // namespace mt::app
