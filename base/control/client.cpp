#include "base/control/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "base/control/document.hpp"
#include "base/layout.hpp"

namespace mt {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t k_answer_bytes_max = 64u << 20;  // 10,000 tenants are about 4 MiB

}  // namespace

Error not_running(const std::filesystem::path& socket, std::error_code error) {
    if (error == std::errc::permission_denied)
        return Error{Errc::conflict, "the gateway at " + socket.native() + " belongs to another user"}.hint(
            "run the command as that user or as root");
    return Error{Errc::unavailable, "no gateway runs at " + socket.native()}.hint("start it: mtg start");
}

Result<json> call(const std::filesystem::path& socket, std::string_view method, std::string_view target, std::string_view body,
                  std::chrono::milliseconds timeout) {
    MT_CHECK(check_socket_path(socket));
    asio::io_context io{1};
    beast::basic_stream<asio::local::stream_protocol> stream{io};
    stream.expires_after(timeout);

    http::request<http::string_body> request{http::string_to_verb({method.data(), method.size()}),
                                             {target.data(), target.size()}, 11};
    request.set(http::field::host, "localhost");
    request.set(http::field::connection, "close");
    request.body() = std::string{body};
    request.prepare_payload();
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(k_answer_bytes_max);

    boost::system::error_code error;
    bool connected = false;
    // Callbacks rather than coroutines: three steps, and only Beast's stream has the deadline that blocking calls lack.
    stream.async_connect(asio::local::stream_protocol::endpoint{socket.native()}, [&](auto failed) {
        error = failed;
        if (failed) return;
        connected = true;
        http::async_write(stream, request, [&](auto write_failed, std::size_t) {
            error = write_failed;
            if (write_failed) return;
            http::async_read(stream, buffer, parser, [&](auto read_failed, std::size_t) { error = read_failed; });
        });
    });
    io.run();

    if (error == beast::error::timeout)
        return Error{Errc::timed_out, "the gateway did not answer within " + std::to_string(timeout.count()) + " ms"};
    if (!connected) return not_running(socket, error);
    if (error) return Error{Errc::unavailable, "the gateway ended while it was asked: " + error.message()};

    auto document = parse_json(parser.get().body());
    if (!document.ok() || !document->is_object() || !document->contains("ok"))
        return Error{Errc::failed, "what answers at " + socket.native() + " is no gateway"};
    if ((*document)["ok"] == true) return std::move((*document)["data"]);  // may be megabytes
    return error_from(document->value("error", json{}));
}

}  // namespace mt
