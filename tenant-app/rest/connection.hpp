#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "tenant-app/rest/server.hpp"
#include "tenant-app/rest/stream_handover.hpp"

namespace mt::app::rest {

using Socket = asio::local::stream_protocol::socket;
using Clock = std::chrono::steady_clock;

inline constexpr std::size_t k_buffer_bytes = 20u << 10;  ///< the largest head and some body

/// A connection as the deadline sweep sees it. `deadline` is max() while nothing is due.
struct Deadline {
    Socket* socket;
    Clock::time_point deadline = Clock::time_point::max();
};

/// What all connections share. Loop thread only.
struct Server::State : std::enable_shared_from_this<Server::State> {
    State(asio::io_context& the_io, Fd the_listener, const Service& the_service, ServerLimits the_limits);

    /// A read buffer of k_buffer_bytes; a few are kept, so that a busy worker allocates none and an idle one holds little.
    std::unique_ptr<char[]> take_buffer();
    void give_back(std::unique_ptr<char[]> buffer);

    /// A peer that is stuck past `deadline` has its socket shut down. One timer serves all, and runs only while something is due.
    void watch(Deadline& entry, std::chrono::seconds timeout);
    void unwatch(Deadline& entry) { entry.deadline = Clock::time_point::max(); }
    void add(Deadline& entry) { open.push_back(&entry); }
    void remove(Deadline& entry);

    asio::io_context& io;
    const Service& service;
    const ServerLimits limits;
    asio::local::stream_protocol::acceptor acceptor;
    asio::steady_timer sweep_timer;
    bool accepting = false, draining = false;
    std::function<void()> drained;
    std::vector<Deadline*> open;
    std::unique_ptr<StreamHandover> handover;  ///< null: this worker has neither replaced one nor is replaced
    /// Draining is over when no connection is left and nothing is to be said to another worker.
    void end_if_drained();

private:
    void sweep();

    bool sweeping_ = false;
    std::vector<std::unique_ptr<char[]>> spare_;
};

/// One connection from its first byte to its last.
asio::awaitable<void> serve_connection(std::shared_ptr<Server::State> server, Socket socket);

/// A connection that comes from another worker in the middle of an event stream.
asio::awaitable<void> continue_events(std::shared_ptr<Server::State> server, Socket socket, std::shared_ptr<Changes::Listener> listener);

}  // namespace mt::app::rest
