#include "gateway/ui/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>

#include "base/control/message_stream.hpp"
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
std::string head_of(const UiAnswer& answer, bool keep_alive) {
    auto head = status_line(answer.status) + field_line("Content-Type", answer.content_type) +
        field_line("Cache-Control", "no-store") +
        field_line("Content-Security-Policy",
                   "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                   "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'") +
        field_line("X-Content-Type-Options", "nosniff") + field_line("X-Frame-Options", "DENY") +
        field_line("Referrer-Policy", "no-referrer") + field_line("Cross-Origin-Opener-Policy", "same-origin") +
        field_line("Cross-Origin-Resource-Policy", "same-origin");
    if (!answer.set_cookie.empty()) head += field_line("Set-Cookie", answer.set_cookie);
    if (!keep_alive) head += field_line("Connection", "close");
    return head;
}

asio::awaitable<error_code> send(MessageStream& stream, const UiAnswer& answer, bool keep_alive) {
    auto text = head_of(answer, keep_alive) + field_line("Content-Length", std::to_string(answer.body.size())) + "\r\n";
    text += answer.body;
    stream.expires_after(k_taken_within);
    co_return co_await stream.write(text);
}

/// Lines as they come, until the gateway or the browser ends. A browser that does not take them for a while is left.
asio::awaitable<void> relay(MessageStream& stream, UiAnswer answer) {
    // Shared with the handler of the wait below, which may be called when all this is over.
    const auto source = std::make_shared<MessageStream::Protocol::socket>(std::move(answer.lines->socket));
    auto text = head_of(answer, false) + "\r\n" + answer.lines->first;
    error_code error;
    // A browser has nothing more to say: what can be read from it is its end. The stream's own end stops this wait.
    stream.socket().async_wait(asio::socket_base::wait_read, [source](error_code stopped) {
        error_code ignored;
        if (!stopped) source->shutdown(asio::socket_base::shutdown_both, ignored);
    });
    std::array<char, 16'384> chunk;
    const auto room = asio::buffer(chunk);
    for (bool ended = false; !error && !ended;) {
        stream.expires_after(k_taken_within);
        error = co_await stream.write(text);
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
    MessageStream stream{std::move(socket), k_head_bytes_max + k_page_body_bytes_max};
    for (bool more = true; more;) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(k_head_bytes_max);
        parser.body_limit(k_page_body_bytes_max);
        stream.expires_after(k_request_within);
        const auto error = co_await stream.read(parser);
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
