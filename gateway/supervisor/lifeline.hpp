#pragma once

#include <memory>
#include <utility>

namespace mt::gateway {

/// A member of whoever hands handlers to an event loop that may outlive it: what this makes of them does nothing once
/// the owner is gone. Cancelling is not enough, for a handler that is due already runs all the same. One thread.
class Lifeline {
public:
    Lifeline() = default;
    Lifeline(const Lifeline&) = delete;
    Lifeline& operator=(const Lifeline&) = delete;

    template <class Handler>
    auto guard(Handler handler) const {
        return [handler = std::move(handler), alive = std::weak_ptr<const bool>(alive_)](auto&&... arguments) mutable {
            if (!alive.expired()) handler(std::forward<decltype(arguments)>(arguments)...);
        };
    }
    /// Expires with the owner, for whoever has to say so.
    std::weak_ptr<const bool> end() const { return alive_; }

private:
    const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace mt::gateway
