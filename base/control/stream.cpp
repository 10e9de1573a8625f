#include "base/control/stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "base/control/client.hpp"
#include "base/control/document.hpp"
#include "base/layout.hpp"

namespace mt {

namespace asio = boost::asio;
using local = asio::local::stream_protocol;

namespace {

constexpr std::size_t k_stream_head_max = 64u << 10;

/// More bytes behind `held`. False: that was all.
bool fill(local::socket& socket, std::string& held) {
    std::array<char, 16'384> chunk;
    boost::system::error_code error;
    const auto got = socket.read_some(asio::buffer(chunk), error);
    held.append(chunk.data(), got);
    return !error;
}

/// What a gateway answers that does not stream: an error, in the usual document.
Error refusal(local::socket& socket, std::string body) {
    while (body.size() < k_stream_head_max && fill(socket, body)) {}
    const auto document = parse_json(body);
    if (document.ok() && document->is_object() && document->contains("error")) return error_from((*document)["error"]);
    return Error{Errc::failed, "what answers there is no gateway"};
}

}  // namespace

Status follow(const std::filesystem::path& path, std::string_view target,
              const std::function<bool(std::string_view)>& on_line,
              const std::function<void()>& on_pause) {
    MT_CHECK(check_socket_path(path));
    asio::io_context io{1};
    local::socket socket{io};
    boost::system::error_code error;
    socket.connect(local::endpoint{path.native()}, error);
    if (error) return not_running(path, error);
    const auto request = "GET " + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    asio::write(socket, asio::buffer(request), error);

    std::string held;
    std::size_t end;
    while ((end = held.find("\r\n\r\n")) == std::string::npos)
        if (held.size() > k_stream_head_max || !fill(socket, held))
            return Error{Errc::unavailable, "the gateway ended while it was asked"};
    const bool streams = held.starts_with("HTTP/1.1 200 ");
    held.erase(0, end + 4);
    if (!streams) return refusal(socket, std::move(held));
    do {
        std::size_t start = 0;
        for (std::size_t stop; (stop = held.find('\n', start)) != std::string::npos; start = stop + 1)
            if (!on_line(std::string_view{held}.substr(start, stop - start))) return {};
        held.erase(0, start);
        on_pause();
    } while (fill(socket, held));
    return Error{Errc::unavailable, "the gateway has ended"}.hint("mtg status");
}

}  // namespace mt
