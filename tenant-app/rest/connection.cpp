#include "tenant-app/rest/connection.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/http/chunked.hpp"
#include "tenant-app/rest/body.hpp"
#include "tenant-app/rest/compress.hpp"
#include "tenant-app/rest/handle_request.hpp"

// A connection is a loop: wait until bytes come, borrow a buffer, read a head, read the body, answer with one gathered write, give
// the buffer back. Writes are tried at once and wait for the loop only if they would block, so that the usual request costs three
// system calls: the loop's wait, a read, a write. Views of a Request point into `buffer_` or `body_`, which do not move until the answer is out.
namespace mt::app::rest {

namespace {

class Connection {
public:
    Connection(Server::State& server, Socket socket) : server_(server), socket_(std::move(socket)), deadline_{&socket_} {
        boost::system::error_code ignored;
        socket_.native_non_blocking(true, ignored);
        server_.add(deadline_);
    }
    ~Connection() {
        give_back_buffer();
        server_.remove(deadline_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    asio::awaitable<void> run() {
        // g++ 12 miscompiles a wait in the condition of a nested if: its outcome is named.
        for (bool open = true; open;) {
            if (begin_ == end_) open = co_await wake_up();
            if (open) open = co_await serve_one();
        }
    }

    /// Goes on with an answer that another worker has begun.
    asio::awaitable<void> continue_events(Changes::Listener& listener) { co_await send_events(listener); }

private:
    std::string_view unread() const { return {buffer_.get() + begin_, end_ - begin_}; }

    void give_back_buffer() {
        if (buffer_) server_.give_back(std::move(buffer_));
        begin_ = end_ = 0;
    }

    /// Waits for a request without a buffer. Its first bytes, all of a usual one, come with the wake-up.
    asio::awaitable<bool> wake_up() {
        give_back_buffer();
        boost::system::error_code error;
        const auto got = co_await socket_.async_receive(asio::buffer(first_), asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return false;
        buffer_ = server_.take_buffer();
        std::memcpy(buffer_.get(), first_.data(), got);
        end_ = got;
        co_return true;
    }

    /// One read into `room`, waiting if nothing is there. 0 for the end of the stream or an error.
    asio::awaitable<std::size_t> read_some(char* room, std::size_t size) {
        for (;;) {
            const auto got = ::recv(socket_.native_handle(), room, size, 0);
            if (got >= 0) co_return static_cast<std::size_t>(got);
            if (errno == EINTR) continue;
            if (errno != EAGAIN) co_return 0;
            boost::system::error_code error;
            co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return 0;
        }
    }

    /// Answers one request. False: the connection is over.
    asio::awaitable<bool> serve_one() {
        Request request;
        ScanOutcome scanned = co_await read_head(request);
        if (scanned.closed) co_return false;
        if (scanned.refused) {
            co_await refuse(scanned.status, scanned.why);
            co_return false;
        }
        std::string body;
        if (request.has_body && !co_await read_body(scanned, request, body)) co_return false;
        server_.unwatch(deadline_);

        request.policy = &server_.service.settings.policy;
        auto answer = co_await handle_request(server_.service, request);
        compress(answer, request, server_.service.settings.compression);
        // A stream ends with its connection: what a client sends meanwhile is not read.
        const bool keep = scanned.keep_alive && !left_over_ && !server_.draining && !answer.stream;
        if (!co_await send(request, answer, keep)) co_return false;
        if (left_over_) co_await linger();
        co_return keep;
    }

    struct ScanOutcome {
        bool closed = false, refused = false;
        unsigned status = 0;
        const char* why = "";
        bool keep_alive = true, chunked = false, expect_continue = false;
        std::uint64_t length = 0;
    };

    asio::awaitable<ScanOutcome> read_head(Request& request) {
        // Shared by all connections: nothing is awaited between the scan and its last use.
        static thread_local http::Head head;
        ScanOutcome outcome;
        for (bool fresh = begin_ == end_;; fresh = true) {
            if (fresh) {
                if (!buffer_) buffer_ = server_.take_buffer();
                if (end_ == k_buffer_bytes) make_room();
                const auto got = co_await read_some(buffer_.get() + end_, k_buffer_bytes - end_);
                if (got == 0) {
                    outcome.closed = true;
                    co_return outcome;
                }
                end_ += got;
            }
            const auto scan = http::scan_request(unread(), head);
            if (scan.state == http::ScanResult::State::invalid) {
                outcome.refused = true;
                outcome.status = scan.status;
                outcome.why = scan.why;
                co_return outcome;
            }
            if (scan.state == http::ScanResult::State::complete) break;
            if (deadline_.deadline == Clock::time_point::max()) server_.watch(deadline_, server_.limits.head_timeout);
            if (begin_ > 0) make_room();
        }
        request = read_request(head);
        // An HTTP/1.0 client would have to be told that the connection stays; none that matters asks for it.
        outcome.keep_alive = head.keep_alive && head.version_minor > 0;
        outcome.chunked = head.framing == http::Framing::chunked;
        outcome.length = head.framing == http::Framing::length ? head.content_length : 0;
        outcome.expect_continue = head.expect_continue;
        begin_ += head.size;
        co_return outcome;
    }

    /// Moves what is unread to the front. Only between requests and while a head is incomplete: nothing views the buffer then.
    void make_room() {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }

    /// Reads the body, or as much of it as is allowed; `request.body` views the buffer if it is there already, else `body`.
    asio::awaitable<bool> read_body(const ScanOutcome& scanned, Request& request, std::string& body) {
        const auto kind = body_kind(request.content_type);
        const auto& settings = server_.service.settings;
        const std::size_t limit = kind == BodyKind::json ? settings.json_bytes : kind == BodyKind::form ? settings.form_bytes : 0;
        if (scanned.chunked) co_return co_await read_chunked(scanned, request, body, kind, limit);

        const bool wanted = kind != BodyKind::none && scanned.length <= limit;
        request.body_too_large = kind != BodyKind::none && !wanted;
        if (!wanted) {
            if (scanned.expect_continue || scanned.length > server_.limits.discard_bytes) {
                left_over_ = scanned.length > 0;  // the answer goes out at once, and the connection ends with it
                co_return true;
            }
            co_return co_await discard(scanned.length);
        }
        const auto length = static_cast<std::size_t>(scanned.length);
        if (end_ - begin_ >= length) {
            request.body = unread().substr(0, length);
            begin_ += length;
            co_return true;
        }
        if (!co_await say_continue(scanned)) co_return false;
        body.reserve(length);
        body.assign(unread());
        begin_ = end_;
        while (body.size() < length) {
            server_.watch(deadline_, server_.limits.body_timeout);
            const auto at = body.size();
            body.resize(std::min(length, at + (64u << 10)));
            const auto got = co_await read_some(body.data() + at, body.size() - at);
            if (got == 0) co_return false;
            body.resize(at + got);
        }
        request.body = body;
        co_return true;
    }

    /// A chunked body is decoded as it comes; what is not wanted is dropped, up to a bound.
    asio::awaitable<bool> read_chunked(const ScanOutcome& scanned, Request& request, std::string& body, BodyKind kind, std::size_t limit) {
        if (!co_await say_continue(scanned)) co_return false;
        http::ChunkedDecoder decoder;
        std::size_t total = 0;
        std::string raw{unread()};  // the buffer holds the head that `request` views: it is not read into again
        begin_ = end_;
        for (;;) {
            std::string_view left = raw;
            while (!decoder.done() && !decoder.failed()) {
                const auto step = decoder.feed(left);
                left.remove_prefix(step.used);
                total += step.data.size();
                if (kind != BodyKind::none && total <= limit) body += step.data;
                if (step.used == 0) break;
            }
            if (decoder.failed()) {
                co_await refuse(400, decoder.why());
                co_return false;
            }
            if (decoder.done()) {
                co_return finish_chunked(request, body, left, kind != BodyKind::none && total > limit);
            }
            if (total > limit + server_.limits.discard_bytes) {
                left_over_ = true;
                request.body_too_large = kind != BodyKind::none;
                co_return true;
            }
            server_.watch(deadline_, server_.limits.body_timeout);
            raw.resize(16u << 10);
            const auto got = co_await read_some(raw.data(), raw.size());
            if (got == 0) co_return false;
            raw.resize(got);
        }
    }

    /// Keeps what came after the body: the next request, which a client may send before the answer.
    bool finish_chunked(Request& request, std::string& body, std::string_view next, bool too_large) {
        if (!next.empty()) {
            if (next.size() > k_buffer_bytes - end_) left_over_ = true;  // no room: the client sends it again elsewhere
            else {
                std::memcpy(buffer_.get() + end_, next.data(), next.size());
                end_ += next.size();
            }
        }
        request.body_too_large = too_large;
        if (!too_large) request.body = body;
        return true;
    }

    asio::awaitable<bool> discard(std::uint64_t length) {
        const auto here = std::min<std::uint64_t>(length, end_ - begin_);
        begin_ += static_cast<std::size_t>(here);
        length -= here;
        std::string dropped;
        while (length > 0) {
            server_.watch(deadline_, server_.limits.body_timeout);
            dropped.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length, 16u << 10)));
            const auto got = co_await read_some(dropped.data(), dropped.size());
            if (got == 0) co_return false;
            length -= got;
        }
        co_return true;
    }

    asio::awaitable<bool> say_continue(const ScanOutcome& scanned) {
        if (!scanned.expect_continue || begin_ != end_) co_return true;
        co_return co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
    }

    asio::awaitable<bool> send(const Request& request, const Answer& answer, bool keep_alive) {
        std::string head;
        head.reserve(400);
        append_head(head, answer, request, server_.service.settings, keep_alive);
        const auto body = has_body(answer, request) ? std::string_view{answer.body} : std::string_view{};
        if (!co_await write(head, body)) co_return false;
        if (!has_body(answer, request)) co_return true;
        if (answer.stream) co_return co_await send_events(*answer.stream);
        if (answer.file) co_return co_await send_file(answer);
        co_return true;
    }

    /// A file is read and written piece by piece, so that its size costs no memory.
    asio::awaitable<bool> send_file(const Answer& answer) {
        std::string piece;
        auto offset = answer.file_offset;
        for (auto left = answer.file_bytes; left > 0;) {
            piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, 64u << 10)));
            const auto got = ::pread(answer.file.get(), piece.data(), piece.size(), static_cast<off_t>(offset));
            if (got <= 0) co_return false;  // cut short meanwhile: the client sees the end come too early
            const std::string_view part{piece.data(), static_cast<std::size_t>(got)};
            if (!co_await write(part, {})) co_return false;
            offset += static_cast<std::uint64_t>(got);
            left -= static_cast<std::uint64_t>(got);
        }
        co_return true;
    }

    /// Server-sent events in chunks until the client goes, falls behind, or the worker ends; then another may go on with them. For us it
    /// is always the end of the connection.
    asio::awaitable<bool> send_events(Changes::Listener& listener) {
        constexpr std::chrono::seconds heartbeat{15};
        asio::steady_timer timer{server_.io};
        listener.wake = [&timer] { timer.cancel(); };
        const struct Quiet {
            Changes::Listener& one;
            ~Quiet() { one.wake = nullptr; }
        } quiet{listener};
        bool open = true;
        while (open && !listener.over && !peer_is_gone()) {
            if (listener.moving) {
                if (server_.handover->give(listener, socket_.native_handle())) co_return false;
                listener.over = true;
                break;
            }
            if (listener.waiting.empty()) {
                timer.expires_after(heartbeat);
                boost::system::error_code woken;
                co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
                // A comment keeps proxies patient, and tells us of a client that has gone without a word.
                if (!woken) open = co_await write("3\r\n:\n\n\r\n", {});
                continue;
            }
            const auto event = "event: data\ndata: " + listener.waiting.front() + "\n\n";
            listener.waiting_bytes -= listener.waiting.front().size();
            listener.waiting.pop_front();
            std::array<char, 20> size{};
            const auto digits = std::snprintf(size.data(), size.size(), "%zx\r\n", event.size());
            const auto chunk = std::string{size.data(), static_cast<std::size_t>(digits)} + event + "\r\n";
            open = co_await write(chunk, {});
        }
        if (open && listener.over) co_await write("0\r\n\r\n", {});
        co_return false;
    }

    bool peer_is_gone() {
        char byte = 0;
        return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }

    /// One gathered write; what the socket does not take at once follows as it drains.
    asio::awaitable<bool> write(std::string_view head, std::string_view body) {
        std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()}, iovec{const_cast<char*>(body.data()), body.size()}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = body.empty() ? 1 : 2;
        ssize_t put = 0;
        do put = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
        while (put < 0 && errno == EINTR);
        if (put < 0 && errno != EAGAIN) co_return false;
        auto sent = static_cast<std::size_t>(put > 0 ? put : 0);
        if (sent == head.size() + body.size()) co_return true;

        const auto from_head = std::min(sent, head.size());
        head.remove_prefix(from_head);
        body.remove_prefix(sent - from_head);
        while (!head.empty() || !body.empty()) {
            server_.watch(deadline_, server_.limits.body_timeout);
            const std::array<asio::const_buffer, 2> left{asio::buffer(head), asio::buffer(body)};
            boost::system::error_code error;
            const auto more = co_await socket_.async_write_some(left, asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return false;
            const auto of_head = std::min(more, head.size());
            head.remove_prefix(of_head);
            body.remove_prefix(more - of_head);
        }
        server_.unwatch(deadline_);
        co_return true;
    }

    /// Answers what is no HTTP request, and ends.
    asio::awaitable<void> refuse(unsigned status, const char* why) {
        const Request nobody;
        const auto answer = failure_answer(Failure{status, why, "Error", {}, {}}, nobody);
        if (co_await send(nobody, answer, false)) co_await linger();
    }

    /// Closing a socket with unread bytes would reset it, and the peer might lose the answer: our side is closed, then what still
    /// comes is read, within bounds.
    asio::awaitable<void> linger() {
        ::shutdown(socket_.native_handle(), SHUT_WR);
        std::array<char, 1024> dropped;
        std::size_t total = 0;
        server_.watch(deadline_, std::chrono::seconds{2});
        while (total < server_.limits.discard_bytes) {
            const auto got = co_await read_some(dropped.data(), dropped.size());
            if (got == 0) break;
            total += got;
        }
    }

    Server::State& server_;
    Socket socket_;
    Deadline deadline_;
    std::unique_ptr<char[]> buffer_;
    std::array<char, 1024> first_;     ///< where a wait for a request ends
    std::size_t begin_ = 0, end_ = 0;  ///< the unread part of `buffer_`
    bool left_over_ = false;           ///< part of the body was not read: the connection cannot go on
};

}  // namespace

asio::awaitable<void> serve_connection(std::shared_ptr<Server::State> server, Socket socket) {
    Connection connection{*server, std::move(socket)};
    co_await connection.run();
}

asio::awaitable<void> continue_events(std::shared_ptr<Server::State> server, Socket socket, std::shared_ptr<Changes::Listener> listener) {
    Connection connection{*server, std::move(socket)};
    co_await connection.continue_events(*listener);
    listener.reset();  // before the connection counts as ended
}

}  // namespace mt::app::rest
