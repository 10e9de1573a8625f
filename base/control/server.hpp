#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/json_file.hpp"

namespace mt {

struct ControlRequest {
    std::string method;
    std::string path;  ///< without the query
    std::map<std::string, std::string> query;
    std::string body;
};

/// Paths whose `data` is a string that is sent as it is, with their content types.
using ControlTexts = std::map<std::string, std::string>;

/// Answers one request; the Result becomes the document and the HTTP status.
using ControlHandler = std::function<boost::asio::awaitable<Result<json>>(ControlRequest)>;

/// The server end of the control protocol, on the caller's io_context and thread. Stops accepting with the object; sessions
/// that are answering finish as long as the io_context runs. `handler` must stay callable until then.
class ControlServer {
public:
    /// Binds `socket` with mode 0600, replacing a stale file; the caller holds the gateway's lock, so nobody listens there.
    /// Fails with invalid_config for a path too long, with failed.
    static Result<std::unique_ptr<ControlServer>> listen(boost::asio::io_context& io, const std::filesystem::path& socket,
                                                         ControlHandler handler, ControlTexts texts = {});
    virtual ~ControlServer() = default;
};

}  // namespace mt
