#include "base/control/server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/control/document.hpp"
#include "base/control/line_feed.hpp"
#include "base/control/message_stream.hpp"
#include "base/files.hpp"
#include "base/layout.hpp"
#include "base/log.hpp"

namespace mt {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using local = asio::local::stream_protocol;

namespace {

constexpr std::size_t k_body_bytes_max = 1u << 20;
constexpr std::chrono::seconds k_request_deadline{10};
constexpr std::chrono::seconds k_answer_deadline{30};
constexpr int k_sessions_max = 64;  // command lines of one machine; bounds descriptors
constexpr int k_streams_max = 32;   // of them: who only listens does not keep commands out

http::status status_of(Errc code) {
    switch (code) {
        case Errc::usage:
        case Errc::bad_request:
        case Errc::invalid_name: return http::status::bad_request;
        case Errc::invalid_config:
        case Errc::validation: return http::status::unprocessable_entity;
        case Errc::not_allowed: return http::status::forbidden;
        case Errc::no_such_tenant:
        case Errc::not_found: return http::status::not_found;
        case Errc::conflict: return http::status::conflict;
        case Errc::payload_too_large: return http::status::payload_too_large;
        case Errc::unavailable:
        case Errc::interrupted: return http::status::service_unavailable;
        case Errc::timed_out: return http::status::gateway_timeout;
        case Errc::failed: return http::status::internal_server_error;
    }
    return http::status::internal_server_error;
}

/// How many filters of system calls a process is under, which its children inherit; -1 if that cannot be told.
int filters_of(const std::string& process) {
    constexpr std::string_view k_field = "\nSeccomp_filters:\t";
    const auto status = read_file("/proc/" + process + "/status");
    const auto at = status.ok() ? status->find(k_field) : std::string::npos;
    return at == std::string::npos ? -1 : std::atoi(status->c_str() + at + k_field.size());
}

/// Same user or root, which the mode of the socket says already; a folder handed to another group would not. And nobody behind a
/// tenant's walls: where tenants have the gateway's user, the walls are what tells them from the operator.
bool may_control(MessageStream::Protocol::socket& socket) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
    if (peer.uid != 0 && peer.uid != ::geteuid()) return false;
    constexpr pid_t k_elsewhere = 0;  // in a namespace of processes where no tenant is
    const int ours = filters_of("self");
    if (ours < 0 || peer.pid == k_elsewhere) return true;
    const int theirs = filters_of(std::to_string(peer.pid));
    return theirs >= 0 && theirs <= ours;
}

ControlRequest request_of(const http::request<http::string_body>& message) {
    const std::string target{message.target()};
    ControlRequest request{std::string{message.method_string()}, target.substr(0, target.find('?')), {}, message.body()};
    for (auto at = target.find('?'); at != std::string::npos;) {
        const auto end = target.find('&', at + 1);
        const auto pair = target.substr(at + 1, end == std::string::npos ? end : end - at - 1);
        const auto equals = pair.find('=');
        request.query[pair.substr(0, equals)] = equals == std::string::npos ? "" : pair.substr(equals + 1);
        at = end;
    }
    return request;
}

/// What sessions share with the server; outlives it while a session answers.
struct Shared {
    ControlHandler handler;
    ControlTexts texts;
    ControlStreams streams;
    int sessions = 0, streaming = 0;
};

std::string document_of(Result<json> result) {
    // Log tails and paths may hold any bytes: replaced, never an exception.
    return (result.ok() ? ok_document(*std::move(result)) : error_document(result.error())).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

/// Counts a stream for as long as it lives, and tells its source when nobody reads any more.
class Streaming {
public:
    Streaming(std::shared_ptr<Shared> shared, ControlStream stream) : shared_(std::move(shared)), stream_(std::move(stream)) { ++shared_->streaming; }
    Streaming(const Streaming&) = delete;
    Streaming& operator=(const Streaming&) = delete;
    ~Streaming() {
        --shared_->streaming;
        if (stream_.left) stream_.left();
    }
    const std::shared_ptr<LineFeed>& feed() const { return stream_.feed; }

private:
    std::shared_ptr<Shared> shared_;
    ControlStream stream_;
};

/// A reader may take as long as it likes: what it does not take is lost to it and costs nothing more.
asio::awaitable<void> serve_lines(MessageStream& stream, std::shared_ptr<Shared> shared, ControlStream source) {
    const Streaming streaming{std::move(shared), std::move(source)};
    const auto feed = streaming.feed();
    stream.expires_never();
    std::string text = status_line(200) + field_line("Content-Type", "application/x-ndjson") + field_line("Connection", "close") + "\r\n";
    // It has said all that it has to say: what can be read from it is its end.
    stream.socket().async_wait(local::socket::wait_read, [feed](boost::system::error_code) { feed->end(); });
    boost::system::error_code error;
    for (bool ended = false; !error;) {
        error = co_await stream.write(text);
        if (error || ended) break;
        auto batch = co_await feed->take();
        ended = batch.ended;
        text = std::move(batch.text);
        if (batch.lost) text += json{{"lost", batch.lost}}.dump() + "\n";
    }
    stream.socket().shutdown(local::socket::shutdown_both, error);
}

asio::awaitable<void> serve(local::socket socket, std::shared_ptr<Shared> shared) {
    MessageStream stream{std::move(socket)};
    stream.expires_after(k_request_deadline);
    http::request_parser<http::string_body> parser;
    parser.body_limit(k_body_bytes_max);
    const auto error = co_await stream.read(parser);
    if (error == http::error::end_of_stream) co_return;

    std::string path;
    Result<json> result{Error{Errc::bad_request, "not a control request: " + error.message()}};
    if (!error && !may_control(stream.socket())) result = Error{Errc::not_allowed, "the gateway belongs to another user"};
    else if (!error) {
        stream.expires_never();  // handlers have deadlines of their own
        auto request = request_of(parser.get());
        path = request.path;
        auto stream_wanted = shared->streams ? shared->streams(request) : std::nullopt;
        if (stream_wanted && stream_wanted->ok() && shared->streaming < k_streams_max) {
            auto source = **std::move(stream_wanted);
            auto lines = serve_lines(stream, shared, std::move(source));
            co_await std::move(lines);
            co_return;
        }
        if (stream_wanted && !stream_wanted->ok()) result = stream_wanted->error();
        else if (stream_wanted) result = Error{Errc::conflict, "too many listen to the gateway already"}.hint("end one of them");
        else result = co_await shared->handler(std::move(request));
    }
    const auto status = result.ok() ? http::status::ok : status_of(result.error().code());
    const auto text = shared->texts.find(path);
    const bool is_text = result.ok() && text != shared->texts.end() && result->is_string();
    const auto body = is_text ? result->get<std::string>() : document_of(std::move(result));
    auto answer = status_line(static_cast<unsigned>(status)) + field_line("Content-Type", is_text ? text->second : "application/json") +
        field_line("Content-Length", std::to_string(body.size())) + field_line("Connection", "close") + "\r\n";
    answer += body;
    stream.expires_after(k_answer_deadline);
    static_cast<void>(co_await stream.write(answer));
}

class Server : public ControlServer {
public:
    Server(asio::io_context& io, local::acceptor acceptor, std::filesystem::path path, ControlHandler handler, ControlTexts texts,
           ControlStreams streams)
        : acceptor_(std::move(acceptor)), pause_(io), path_(std::move(path)), shared_(std::make_shared<Shared>()) {
        shared_->handler = std::move(handler);
        shared_->texts = std::move(texts);
        shared_->streams = std::move(streams);
        ::stat(path_.c_str(), &made_);
        accept();
    }
    ~Server() override {
        if (in_place()) ::unlink(path_.c_str());
    }

    bool in_place() const override {
        struct stat there {};
        return ::stat(path_.c_str(), &there) == 0 && there.st_ino == made_.st_ino && there.st_dev == made_.st_dev;
    }

private:
    void accept() {
        acceptor_.async_accept([this](boost::system::error_code error, local::socket socket) {
            if (error == asio::error::operation_aborted) return;
            if (error) {  // out of descriptors, most likely: not at full speed
                pause_.expires_after(std::chrono::milliseconds{100});
                pause_.async_wait([this](boost::system::error_code cancelled) {
                    if (!cancelled) accept();
                });
                return;
            }
            if (shared_->sessions < k_sessions_max) start(std::move(socket));
            accept();
        });
    }
    void start(local::socket socket) {
        ++shared_->sessions;
        const auto executor = socket.get_executor();
        asio::co_spawn(executor, serve(std::move(socket), shared_), [shared = shared_](std::exception_ptr failure) {
            --shared->sessions;
            try {
                if (failure) std::rethrow_exception(failure);
            } catch (const std::exception& exception) {
                log::error("event=control_failed error=" + log::quote(exception.what()));
            }
        });
    }

    local::acceptor acceptor_;
    asio::steady_timer pause_;
    std::filesystem::path path_;
    struct stat made_ {};
    std::shared_ptr<Shared> shared_;
};

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::listen(asio::io_context& io, const std::filesystem::path& socket,
                                                             ControlHandler handler, ControlTexts texts,
                                                             ControlStreams streams) {
    MT_CHECK(check_socket_path(socket));
    const auto beside = socket.parent_path() / "~";  // renamed when it listens; no longer than the name it gets
    ::unlink(beside.c_str());
    boost::system::error_code error;
    local::acceptor acceptor{io};
    acceptor.open(local{}, error);
    const auto mask = ::umask(0177);
    if (!error) acceptor.bind(local::endpoint{beside.native()}, error);
    ::umask(mask);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error && ::rename(beside.c_str(), socket.c_str()) != 0) error.assign(errno, boost::system::system_category());
    if (error) return Error{Errc::failed, "cannot listen on " + socket.native() + ": " + error.message()};
    return std::unique_ptr<ControlServer>{std::make_unique<Server>(io, std::move(acceptor), socket, std::move(handler), std::move(texts),
                                                                    std::move(streams))};
}

}  // namespace mt
