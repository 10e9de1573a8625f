#include "gateway/ui/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

#include "gateway/ui/answer.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr std::uint32_t k_head_bytes_max = 8u << 10;
constexpr std::size_t k_page_body_bytes_max = 16u << 10;
constexpr std::chrono::seconds k_request_within{15}, k_taken_within{15};
using BrowserStream = beast::basic_stream<tcp>;
using Request = http::request<http::string_body>;

UiRequest ui_request(Request& message) {
    const auto field = [&](auto name) { return message.count(name) == 1 ? std::string{message[name]} : std::string{}; };
    return {std::string{message.method_string()}, std::string{message.target()},
            field(http::field::host), field(http::field::origin), field("Sec-Fetch-Site"),
            field(http::field::cookie), field("X-Mtg-Key"), std::move(message.body())};
}

UiAnswer unreadable(error_code error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return refusal(431, Error{Errc::bad_request, "the head of the request is too long"});
    if (error == http::error::body_limit)
        return refusal(413, Error{Errc::payload_too_large, "the body of the request is too long"});
    return refusal(400, Error{Errc::bad_request, "not an HTTP request: " + error.message()});
}

/// Nothing here is kept by anybody, shown in anybody's frame, or made of anything but the page's own files.
void set_fields(http::response_header<>& head, const UiAnswer& answer) {
    head.result(answer.status);
    head.set(http::field::content_type, answer.content_type);
    head.set(http::field::cache_control, "no-store");
    head.set("Content-Security-Policy",
             "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'");
    head.set("X-Content-Type-Options", "nosniff");
    head.set("X-Frame-Options", "DENY");
    head.set("Referrer-Policy", "no-referrer");
    head.set("Cross-Origin-Opener-Policy", "same-origin");
    head.set("Cross-Origin-Resource-Policy", "same-origin");
    if (!answer.set_cookie.empty()) head.set(http::field::set_cookie, answer.set_cookie);
}

asio::awaitable<error_code> send(BrowserStream& stream, const UiAnswer& answer, bool keep_alive) {
    http::response<http::string_body> response;
    set_fields(response, answer);
    response.body() = answer.body;
    response.keep_alive(keep_alive);
    response.prepare_payload();
    error_code error;
    stream.expires_after(k_taken_within);
    co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

/// Lines as they come, until the gateway or the browser ends. A browser that does not take them for a while is left.
asio::awaitable<void> relay(BrowserStream& stream, UiAnswer answer) {
    // Shared with the handler of the wait below, which may be called when all this is over.
    const auto source = std::make_shared<asio::local::stream_protocol::socket>(std::move(answer.lines->socket));
    http::response<http::empty_body> head;
    set_fields(head, answer);
    head.keep_alive(false);
    http::response_serializer<http::empty_body> serializer{head};
    error_code error;
    stream.expires_after(k_taken_within);
    co_await http::async_write_header(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
    std::string text = std::move(answer.lines->first);
    // A browser has nothing more to say: what can be read from it is its end. The stream's own end stops this wait.
    stream.socket().async_wait(tcp::socket::wait_read, [source](error_code stopped) {
        error_code ignored;
        if (!stopped) source->shutdown(asio::local::stream_protocol::socket::shutdown_both, ignored);
    });
    std::array<char, 16'384> chunk;
    const auto room = asio::buffer(chunk);
    for (bool ended = false; !error && !ended;) {
        const auto bytes = asio::buffer(text);
        stream.expires_after(k_taken_within);
        co_await asio::async_write(stream, bytes, asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        error_code end;
        const auto got = co_await source->async_read_some(room, asio::redirect_error(asio::use_awaitable, end));
        text.assign(chunk.data(), got);
        ended = end && got == 0;
    }
    stream.socket().close(error);
}

}  // namespace

asio::awaitable<void> serve_browser(tcp::socket socket, std::shared_ptr<Site> site) {
    const UnderWay connected{site->connections};
    BrowserStream stream{std::move(socket)};
    beast::flat_buffer buffer{k_head_bytes_max + k_page_body_bytes_max};
    for (bool more = true; more;) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(k_head_bytes_max);
        parser.body_limit(k_page_body_bytes_max);
        error_code error;
        stream.expires_after(k_request_within);
        co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
        if (error == http::error::end_of_stream || error == beast::error::timeout) co_return;
        if (error) {
            const auto answer = unreadable(error);
            co_await send(stream, answer, false);
            co_return;
        }
        more = parser.get().keep_alive();
        auto request = ui_request(parser.get());
        stream.expires_never();  // what is asked has deadlines of its own
        auto answering = answer_ui(*site, std::move(request));
        auto answer = co_await std::move(answering);
        if (answer.lines) {
            auto relaying = relay(stream, std::move(answer));
            co_await std::move(relaying);
            co_return;
        }
        if (co_await send(stream, answer, more)) co_return;
    }
}

}  // namespace mt::gateway
