#pragma once
#include "gateway/proxy/session.hpp"

namespace mt::gateway {

/// A request between admission and its last byte, counted in the gate. Counted before the gate is read, so that a supervisor
/// that closes the gate and then sees 0 knows that none slips through.
class InFlight {
public:
    InFlight() = default;
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() { leave(); }

    Admission enter(const std::shared_ptr<TenantGate>& gate, std::uint32_t now_s);
    void leave();

private:
    std::shared_ptr<TenantGate> gate_;
    std::uint32_t entered_s_ = 0;
};

enum class Held : std::uint8_t {
    look_again,  ///< the gate or the table changed
    refused,     ///< answer 503: the queue is full, or the wait over; Request::why and retry_after_s say more
    gone,        ///< the client left, or the proxy stops
};

/// Holds a request of a cold tenant until the supervisor wakes it, bounded by the tenant's limits. `until` is the end of its
/// wait over all calls for one request; the first call sets it.
Task<Held> hold(Session& session, Request& request, Clock::time_point& until);

/// Keeps what the client sends ahead and notices when it resets the connection: false. Arms the next notice.
bool watch_client(Session& session);

}  // namespace mt::gateway
