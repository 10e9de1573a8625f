#pragma once
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>

namespace mt::gateway {

/// Bounds how many workers start at once, first come first served: a thousand cold tenants asked for together would otherwise
/// all be slow. Lives on the supervisor's thread.
class StartSlots {
public:
    /// Given back by destruction.
    using Slot = std::shared_ptr<void>;

    StartSlots(boost::asio::io_context& io, unsigned count) : state_(std::make_shared<State>(io, count)) {}

    /// Calls `go` with a slot from the event loop, never from inside this call.
    void acquire(std::function<void(Slot)> go);

private:
    struct State : std::enable_shared_from_this<State> {  // shared: slots may be given back after this object is gone
        State(boost::asio::io_context& context, unsigned count) : io(context), free(count) {}
        void hand_out();
        boost::asio::io_context& io;
        unsigned free;
        std::deque<std::function<void(Slot)>> waiting;
    };
    std::shared_ptr<State> state_;
};

}  // namespace mt::gateway
