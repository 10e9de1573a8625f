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
    struct Callbacks {
        std::function<void()> on_drain;
        std::function<void(Fd link)> on_successor;  ///< with one end of the link to it
        std::function<void()> on_end_streams;
        std::function<void()> on_gone;              ///< the channel has ended
    };
    /// Reads lines from now on.
    void listen(Callbacks callbacks);

private:
    void read();
    ssize_t receive();
    void take_lines();

    asio::posix::stream_descriptor channel_;
    Callbacks callbacks_;
    std::string received_;
    Fd passed_;  ///< the last descriptor that came, for the line that came with it
};

/// Writes a line to a channel before there is a loop.
void say_line(int fd, std::string_view line);

}  // namespace mt::app
