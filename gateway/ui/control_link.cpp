#include "gateway/ui/control_link.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>

#include "base/control/message_stream.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds k_answer_within{10};
constexpr std::size_t k_document_bytes_max = 16u << 20;
using AnswerParser = http::response_parser<http::string_body>;

Error link_failed(error_code error) {
    if (error == beast::error::timeout) return Error{Errc::timed_out, "the gateway does not answer in time"};
    return Error{Errc::unavailable, "the gateway does not answer: " + error.message()};
}

/// Connects, asks, and reads the answer's head.
asio::awaitable<error_code> begin_asking(MessageStream& stream, AnswerParser& parser, std::string path, std::string target) {
    stream.expires_after(k_answer_within);
    auto error = co_await stream.connect(asio::local::stream_protocol::endpoint{path});
    if (error) co_return error;
    const auto request = "GET " + target + " HTTP/1.1\r\n" + field_line("Host", "localhost") + "\r\n";
    error = co_await stream.write(request);
    if (error) co_return error;
    parser.body_limit(k_document_bytes_max);
    error = co_await stream.read_head(parser);
    co_return error;
}

ControlAnswer answer_of(AnswerParser& parser) { return {parser.get().result_int(), std::move(parser.get().body())}; }

}  // namespace

asio::awaitable<Result<ControlAnswer>> ask_control(std::filesystem::path socket, std::string target) {
    MessageStream stream{co_await asio::this_coro::executor};
    AnswerParser parser;
    auto beginning = begin_asking(stream, parser, socket.native(), std::move(target));
    auto error = co_await std::move(beginning);
    if (!error) error = co_await stream.read(parser);
    if (error) co_return link_failed(error);
    co_return answer_of(parser);
}

asio::awaitable<Result<ControlLines>> open_lines(std::filesystem::path socket, std::string target) {
    MessageStream stream{co_await asio::this_coro::executor};
    AnswerParser parser;
    auto beginning = begin_asking(stream, parser, socket.native(), std::move(target));
    auto error = co_await std::move(beginning);
    if (error) co_return link_failed(error);
    ControlAnswer refusal{parser.get().result_int(), {}};
    if (refusal.status != 200) {
        error = co_await stream.read(parser);
        if (error) co_return link_failed(error);
        refusal = answer_of(parser);
    }
    auto rest = stream.release();
    co_return ControlLines{std::move(rest.socket), std::move(rest.text), std::move(refusal)};
}

}  // namespace mt::gateway
