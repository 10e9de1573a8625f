#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
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

class LineFeed;

/// An answer without an end: lines (application/x-ndjson) until the reader leaves, the feed is ended, or the server goes.
struct ControlStream {
    std::shared_ptr<LineFeed> feed;
    std::function<void()> left;  ///< called once nobody reads any more
};
/// Nothing: the request is no stream, and ControlHandler answers it.
using ControlStreams = std::function<std::optional<Result<ControlStream>>(const ControlRequest&)>;

/// The server end of the control protocol, on the caller's io_context and thread. Stops accepting with the object; sessions
/// that are answering finish as long as the io_context runs. `handler` must stay callable until then.
class ControlServer {
public:
    /// Binds `socket` with mode 0600, in place of what is there: a stale file, or the socket of a gateway that hands
    /// over. Whoever connects at that moment reaches one of the two. Fails with invalid_config for a path too long,
    /// with failed.
    static Result<std::unique_ptr<ControlServer>> listen(boost::asio::io_context& io, const std::filesystem::path& socket,
                                                         ControlHandler handler, ControlTexts texts = {},
                                                         ControlStreams streams = {});
    virtual ~ControlServer() = default;
    /// Its socket is still where it was put, and nobody else's is there.
    virtual bool in_place() const = 0;
};

}  // namespace mt
