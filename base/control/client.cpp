#include "base/control/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <nlohmann/json.hpp>

#include "base/control/document.hpp"
#include "base/control/message_stream.hpp"
#include "base/layout.hpp"

namespace mt {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t k_answer_bytes_max = 64u << 20;  // 10,000 tenants are about 4 MiB

struct Exchange {
    boost::system::error_code error;
    bool connected = false;
    http::response_parser<http::string_body> parser;
};

asio::awaitable<void> exchange(MessageStream& stream, const std::filesystem::path& socket, const std::string& request, Exchange& done) {
    done.error = co_await stream.connect(asio::local::stream_protocol::endpoint{socket.native()});
    if (done.error) co_return;
    done.connected = true;
    done.error = co_await stream.write(request);
    if (!done.error) done.error = co_await stream.read(done.parser);
}

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
    auto request = std::string{method} + " " + std::string{target} + " HTTP/1.1\r\n" + field_line("Host", "localhost") +
        field_line("Connection", "close") + field_line("Content-Length", std::to_string(body.size())) + "\r\n";
    request += body;

    asio::io_context io{1};
    MessageStream stream{io.get_executor()};
    stream.expires_after(timeout);
    Exchange done;
    done.parser.body_limit(k_answer_bytes_max);
    asio::co_spawn(io, exchange(stream, socket, request, done), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);  // out of io.run()
    });
    io.run();

    if (done.error == beast::error::timeout)
        return Error{Errc::timed_out, "the gateway did not answer within " + std::to_string(timeout.count()) + " ms"};
    if (!done.connected) return not_running(socket, done.error);
    if (done.error) return Error{Errc::unavailable, "the gateway ended while it was asked: " + done.error.message()};

    auto document = parse_json(done.parser.get().body());
    if (!document.ok() || !document->is_object() || !document->contains("ok"))
        return Error{Errc::failed, "what answers at " + socket.native() + " is no gateway"};
    if ((*document)["ok"] == true) return std::move((*document)["data"]);  // may be megabytes
    return error_from(document->value("error", json{}));
}

}  // namespace mt
