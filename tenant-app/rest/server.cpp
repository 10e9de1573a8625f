#include "tenant-app/rest/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tenant-app/rest/connection.hpp"
#include "tenant-app/rest/report.hpp"

namespace mt::app::rest {

namespace {

/// The end of a spawned task: an exception there is a bug, and is told.
void log_end(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& exception) {
        report("event=connection_failed", exception.what());
    } catch (...) {
        report("event=connection_failed", "an exception of unknown type");
    }
}

asio::awaitable<void> accept_loop(std::shared_ptr<Server::State> state) {
    auto& server = *state;
    while (!server.draining) {
        boost::system::error_code error;
        Socket socket{server.io};
        co_await server.acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        if (server.draining) co_return;
        if (error) {
            // Out of descriptors or memory: those waiting are served when some connection has ended.
            report("event=accept_failed", error.message());
            asio::steady_timer pause{server.io, std::chrono::milliseconds{100}};
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
            continue;
        }
        asio::co_spawn(server.io, serve_connection(state, std::move(socket)), log_end);
    }
}

}  // namespace

Server::State::State(asio::io_context& the_io, Fd the_listener, const Service& the_service, ServerLimits the_limits)
    : io(the_io), service(the_service), limits(the_limits),
      acceptor(the_io, asio::local::stream_protocol{}, the_listener.release()), sweep_timer(the_io) {}

std::unique_ptr<char[]> Server::State::take_buffer() {
    if (spare_.empty()) return std::make_unique_for_overwrite<char[]>(k_buffer_bytes);
    auto buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
}

void Server::State::give_back(std::unique_ptr<char[]> buffer) {
    constexpr std::size_t kept = 2;
    if (spare_.size() < kept) spare_.push_back(std::move(buffer));
}

void Server::State::watch(Deadline& entry, std::chrono::seconds timeout) {
    entry.deadline = Clock::now() + timeout;
    if (!std::exchange(sweeping_, true)) sweep();
}

void Server::State::sweep() {
    sweep_timer.expires_after(std::chrono::seconds{1});
    sweep_timer.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        const auto now = Clock::now();
        bool more = false;
        for (auto* entry : open) {
            if (entry->deadline == Clock::time_point::max()) continue;
            if (entry->deadline > now) more = true;
            // Its coroutine sees the end of the stream and cleans up.
            else ::shutdown(entry->socket->native_handle(), SHUT_RDWR);
        }
        sweeping_ = more;
        if (more) sweep();
    });
}

void Server::State::remove(Deadline& entry) {
    const auto at = std::find(open.begin(), open.end(), &entry);
    *at = open.back();
    open.pop_back();
    if (draining && open.empty() && drained) std::exchange(drained, nullptr)();
}

Server::Server(asio::io_context& io, Fd listener, const Service& service, ServerLimits limits)
    : state_(std::make_shared<State>(io, std::move(listener), service, limits)) {}
Server::~Server() = default;

void Server::start() { asio::co_spawn(state_->io, accept_loop(state_), log_end); }

void Server::drain(std::function<void()> done) {
    state_->draining = true;
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    if (state_->service.changes) state_->service.changes->close();
    state_->drained = std::move(done);
    if (state_->open.empty() && state_->drained) std::exchange(state_->drained, nullptr)();
}

}  // namespace mt::app::rest
