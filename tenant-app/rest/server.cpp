#include "tenant-app/rest/server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
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
        // What was accepted is served, although draining may have begun before we came to know: nobody else can.
        if (!error) {
            asio::co_spawn(server.io, serve_connection(state, std::move(socket)), log_end);
            continue;
        }
        if (server.draining) break;
        // Out of descriptors or memory: those waiting are served when some connection has ended.
        report("event=accept_failed", error.message());
        asio::steady_timer pause{server.io, std::chrono::milliseconds{100}};
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    co_await asio::post(server.io, asio::use_awaitable);  // the last one accepted counts itself first
    server.accepting = false;
    server.end_if_drained();
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
    if (handover) handover->connection_ended();
    end_if_drained();
}

void Server::State::end_if_drained() {
    if (!draining || !drained || accepting || !open.empty()) return;
    if (!handover || handover->finish()) std::exchange(drained, nullptr)();
}

Server::Server(asio::io_context& io, Fd listener, const Service& service, ServerLimits limits)
    : state_(std::make_shared<State>(io, std::move(listener), service, limits)) {}
Server::~Server() = default;

void Server::start() {
    state_->accepting = true;
    asio::co_spawn(state_->io, accept_loop(state_), log_end);
}

StreamHandover* Server::handover() {
    auto& state = *state_;
    if (!state.handover && state.service.changes) {
        const auto adopt = [server = state_.get()](Fd connection, std::shared_ptr<Changes::Listener> listener) {
            Socket socket{server->io};
            boost::system::error_code error;
            socket.assign(asio::local::stream_protocol{}, connection.get(), error);
            if (error) return;
            connection.release();
            asio::co_spawn(server->io, continue_events(server->shared_from_this(), std::move(socket), std::move(listener)), log_end);
        };
        const auto settled = [server = state_.get()] { server->end_if_drained(); };
        state.handover = std::make_unique<StreamHandover>(state.io, state.service.registry, *state.service.changes, adopt, settled);
    }
    return state.handover.get();
}

void Server::take_over_from(Fd predecessor) {
    if (auto* const ours = handover()) ours->take_over_from(std::move(predecessor));
}

void Server::hand_over_to(Fd successor) {
    if (auto* const ours = handover()) ours->hand_over_to(std::move(successor));
}

void Server::end_streams() {
    if (state_->service.changes) state_->service.changes->close();
}

void Server::drain(std::function<void()> done) {
    auto& state = *state_;
    state.draining = true;
    boost::system::error_code ignored;
    state.acceptor.close(ignored);
    state.drained = std::move(done);
    if (state.handover) state.handover->leave();
    else if (state.service.changes) state.service.changes->close();
    state.end_if_drained();
}

}  // namespace mt::app::rest
