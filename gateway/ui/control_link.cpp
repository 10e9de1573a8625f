#include "gateway/ui/control_link.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

namespace mt::gateway {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using local = asio::local::stream_protocol;

namespace {

constexpr std::chrono::seconds k_answer_within{10};
constexpr std::size_t k_document_bytes_max = 16u << 20;
using GatewayStream = beast::basic_stream<local>;
using AnswerParser = http::response_parser<http::string_body>;

Error link_failed(error_code error) {
    if (error == beast::error::timeout) return Error{Errc::timed_out, "the gateway does not answer in time"};
    return Error{Errc::unavailable, "the gateway does not answer: " + error.message()};
}

/// Connects, asks, and reads the answer's head.
asio::awaitable<error_code> begin_asking(GatewayStream& stream, beast::flat_buffer& buffer, AnswerParser& parser,
                                         std::string path, std::string target) {
    error_code error;
    stream.expires_after(k_answer_within);
    const local::endpoint there{path};
    co_await stream.async_connect(there, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, "localhost");
    co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return error;
    parser.body_limit(k_document_bytes_max);
    co_await http::async_read_header(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

asio::awaitable<error_code> read_rest(GatewayStream& stream, beast::flat_buffer& buffer, AnswerParser& parser) {
    error_code error;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

ControlAnswer answer_of(AnswerParser& parser) { return {parser.get().result_int(), std::move(parser.get().body())}; }

}  // namespace

asio::awaitable<Result<ControlAnswer>> ask_control(std::filesystem::path socket, std::string target) {
    GatewayStream stream{co_await asio::this_coro::executor};
    beast::flat_buffer buffer;
    AnswerParser parser;
    auto beginning = begin_asking(stream, buffer, parser, socket.native(), std::move(target));
    auto error = co_await std::move(beginning);
    if (!error) error = co_await read_rest(stream, buffer, parser);
    if (error) co_return link_failed(error);
    co_return answer_of(parser);
}

asio::awaitable<Result<ControlLines>> open_lines(std::filesystem::path socket, std::string target) {
    GatewayStream stream{co_await asio::this_coro::executor};
    beast::flat_buffer buffer;
    AnswerParser parser;
    auto beginning = begin_asking(stream, buffer, parser, socket.native(), std::move(target));
    auto error = co_await std::move(beginning);
    if (error) co_return link_failed(error);
    ControlAnswer refusal{parser.get().result_int(), {}};
    if (refusal.status != 200) {
        error = co_await read_rest(stream, buffer, parser);
        if (error) co_return link_failed(error);
        refusal = answer_of(parser);
    }
    std::string first{static_cast<const char*>(buffer.data().data()), buffer.size()};
    co_return ControlLines{stream.release_socket(), std::move(first), std::move(refusal)};
}

}  // namespace mt::gateway
