#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace boost::beast::http {
template <bool is_request>
class basic_parser;
}

namespace mt {

/// HTTP/1.1 messages (RFC 9112) of the control socket and the operators' page, over TCP and UNIX sockets alike. Beast parses; what
/// waits is compiled once here rather than for every kind of message, which was a twentieth of a build.
/// One thread; a call at a time, and the stream outlives it.
class MessageStream {
public:
    using Protocol = boost::asio::generic::stream_protocol;
    using Error = boost::system::error_code;

    /// Holds at most `bytes_max` of a message that is not parsed yet.
    explicit MessageStream(boost::asio::any_io_executor executor, std::size_t bytes_max = k_bytes_max);
    explicit MessageStream(Protocol::socket socket, std::size_t bytes_max = k_bytes_max);

    MessageStream(const MessageStream&) = delete;
    MessageStream& operator=(const MessageStream&) = delete;
    ~MessageStream();

    /// From now on, for what is waited for: beast::error::timeout, and the socket is closed.
    void expires_after(std::chrono::steady_clock::duration time);
    void expires_never();

    boost::asio::awaitable<Error> connect(Protocol::endpoint endpoint);
    /// The whole message, or what of it was missing. http::error::end_of_stream: the other side has ended between messages.
    boost::asio::awaitable<Error> read(boost::beast::http::basic_parser<true>& parser);
    boost::asio::awaitable<Error> read(boost::beast::http::basic_parser<false>& parser);
    boost::asio::awaitable<Error> read_head(boost::beast::http::basic_parser<false>& parser);
    /// All of `text`, which outlives the call.
    boost::asio::awaitable<Error> write(std::string_view text);

    Protocol::socket& socket();
    /// What has come after the message that was read last. The socket is the caller's.
    struct Rest {
        Protocol::socket socket;
        std::string text;
    };
    Rest release();

private:
    static constexpr std::size_t k_bytes_max = 1u << 20;

    struct Parts;

    template <bool is_request>
    boost::asio::awaitable<Error> parse(boost::beast::http::basic_parser<is_request>& parser, bool whole);
    boost::asio::awaitable<Error> read_some();

    std::unique_ptr<Parts> parts_;
};

/// The first line of an answer, with its end.
std::string status_line(unsigned status);
/// A field's line. Neither part has an end of line in it.
std::string field_line(std::string_view name, std::string_view value);

}  // namespace mt
