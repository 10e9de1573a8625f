#include "base/control/message_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>

namespace mt {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::size_t k_read_max = 64u << 10;

}  // namespace

struct MessageStream::Parts {
    beast::basic_stream<Protocol> stream;
    beast::flat_buffer buffer;
};

MessageStream::MessageStream(asio::any_io_executor executor, std::size_t bytes_max)
    : parts_(new Parts{beast::basic_stream<Protocol>{std::move(executor)}, beast::flat_buffer{bytes_max}}) {}
MessageStream::MessageStream(Protocol::socket socket, std::size_t bytes_max)
    : parts_(new Parts{beast::basic_stream<Protocol>{std::move(socket)}, beast::flat_buffer{bytes_max}}) {}
MessageStream::~MessageStream() = default;

void MessageStream::expires_after(std::chrono::steady_clock::duration time) { parts_->stream.expires_after(time); }
void MessageStream::expires_never() { parts_->stream.expires_never(); }
MessageStream::Protocol::socket& MessageStream::socket() { return parts_->stream.socket(); }

asio::awaitable<MessageStream::Error> MessageStream::connect(Protocol::endpoint endpoint) {
    Error error;
    co_await parts_->stream.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

asio::awaitable<MessageStream::Error> MessageStream::read(http::basic_parser<true>& parser) { return parse(parser, true); }
asio::awaitable<MessageStream::Error> MessageStream::read(http::basic_parser<false>& parser) { return parse(parser, true); }
asio::awaitable<MessageStream::Error> MessageStream::read_head(http::basic_parser<false>& parser) { return parse(parser, false); }

template <bool is_request>
asio::awaitable<MessageStream::Error> MessageStream::parse(http::basic_parser<is_request>& parser, bool whole) {
    parser.eager(whole);
    Error error;
    while (!(whole ? parser.is_done() : parser.is_header_done())) {
        error = http::error::need_more;
        if (parts_->buffer.size() > 0) {
            error = {};
            parts_->buffer.consume(parser.put(parts_->buffer.data(), error));
        }
        if (!error) continue;
        if (error != http::error::need_more) break;
        error = co_await read_some();
        if (error == asio::error::eof && parser.got_some()) {
            error = {};
            parser.put_eof(error);
        } else if (error == asio::error::eof) {
            error = http::error::end_of_stream;
        }
        if (error) break;
    }
    co_return error;
}

asio::awaitable<MessageStream::Error> MessageStream::read_some() {
    const auto size = beast::read_size(parts_->buffer, k_read_max);
    if (size == 0) co_return http::error::buffer_overflow;
    Error error;
    const asio::mutable_buffer room = parts_->buffer.prepare(size);
    const auto got = co_await parts_->stream.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
    parts_->buffer.commit(got);
    co_return error;
}

asio::awaitable<MessageStream::Error> MessageStream::write(std::string_view text) {
    Error error;
    const auto bytes = asio::buffer(text);
    co_await asio::async_write(parts_->stream, bytes, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

MessageStream::Rest MessageStream::release() {
    std::string text{static_cast<const char*>(parts_->buffer.data().data()), parts_->buffer.size()};
    return {parts_->stream.release_socket(), std::move(text)};
}

std::string status_line(unsigned status) {
    return "HTTP/1.1 " + std::to_string(status) + " " + std::string{http::obsolete_reason(http::int_to_status(status))} + "\r\n";
}

std::string field_line(std::string_view name, std::string_view value) {
    std::string line{name};
    return line.append(": ").append(value).append("\r\n");
}

}  // namespace mt
