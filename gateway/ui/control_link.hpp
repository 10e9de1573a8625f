#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace mt::gateway {

/// What the control socket answered: a document of docs/ARCHITECTURE.md, Control protocol.
struct ControlAnswer {
    unsigned status = 500;
    std::string body;
};

/// One GET on the control socket, within 10 s. Fails with unavailable, with timed_out.
boost::asio::awaitable<Result<ControlAnswer>> ask_control(std::filesystem::path socket, std::string target);

/// A stream of the control protocol, its head read.
struct ControlLines {
    boost::asio::generic::stream_protocol::socket socket;
    std::string first;      ///< what came with the head; more is to be read from the socket, until its end
    ControlAnswer refusal;  ///< in place of lines, if its status is not 200
};
boost::asio::awaitable<Result<ControlLines>> open_lines(std::filesystem::path socket, std::string target);

}  // namespace mt::gateway
