#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/files.hpp"
#include "tenant-app/rest/service.hpp"

namespace mt::app::rest {

class StreamHandover;

struct ServerLimits {
    std::chrono::seconds head_timeout{10};   ///< from a request's first byte to the end of its head
    std::chrono::seconds body_timeout{30};   ///< longest gap between two reads or writes
    std::size_t discard_bytes = 1u << 20;    ///< of a refused body read for the sake of the connection; beyond, it is closed
};

/// HTTP/1.1 on a listening UNIX socket: a coroutine per connection, all on the thread that runs `io`. A connection that waits for
/// a request holds no buffer and no timer.
class Server {
public:
    /// Takes over the descriptor. `service` outlives the running of `io`, and `io` the server.
    Server(asio::io_context& io, Fd listener, const Service& service, ServerLimits limits = {});
    ~Server();

    void start();
    /// A link to the worker that this one replaces (before start()), or to the one that is being started in its place.
    void take_over_from(Fd predecessor);
    void hand_over_to(Fd successor);
    /// Ends all change streams; those asked for from now on are refused.
    void end_streams();
    /// Closes the listening socket. Requests on open connections are still answered, with `Connection: close`, and change streams move to
    /// the successor or end; `done` is called when no connection is left.
    void drain(std::function<void()> done);

    struct State;

private:
    StreamHandover* handover();

    std::shared_ptr<State> state_;  ///< with the coroutines, which io may destroy after the server
};

}  // namespace mt::app::rest
