#pragma once
#include "gateway/proxy/session.hpp"

namespace mt::gateway {

/// A request between admission and its last byte, counted in the gate. Counted before the gate is read, so that a
/// supervisor that closes the gate and then sees 0 knows that none slips through.
class InFlight {
public:
    enum class Entry : std::uint8_t {
        entered,
        cold,         ///< there is no worker
        full,         ///< as many as the tenant may have are in flight, or others wait for a place already
        unavailable,  ///< 503
    };

    explicit InFlight(Loop& loop) : loop_(loop) {}
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() { leave(); }

    /// `next`: it is this one's turn, whoever else waits.
    Entry enter(const std::shared_ptr<const TenantEntry>& tenant, bool next = false);
    /// Frees the place, and tells one who waits for it.
    void leave();

private:
    Loop& loop_;
    std::shared_ptr<const TenantEntry> tenant_;
};

enum class Held : std::uint8_t {
    entered,     ///< Request::tenant is the tenant as it is now
    look_again,  ///< the gate or the table changed
    refused,     ///< answer Request::status: the queue is full, or the wait over; Request::why and retry_after_s say more
    gone,        ///< the client left, or the proxy stops
};

/// Holds a request that InFlight did not let in until it is, bounded by the tenant's limits: while the tenant is cold
/// until the supervisor wakes it, while it is full until a place is free and those who came to this thread before have
/// theirs. `until` is the end of its wait over all calls for one request; the first call sets it.
Task<Held> hold(Session& session, Request& request, InFlight& in_flight, Clock::time_point& until);

/// Keeps what the client sends ahead and notices when it resets the connection: false. Arms the next notice.
bool watch_client(Session& session);

}  // namespace mt::gateway
