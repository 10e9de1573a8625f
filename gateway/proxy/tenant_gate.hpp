#pragma once
#include <atomic>
#include <cstdint>

#include "gateway/proxy/limit_hits.hpp"
#include "gateway/proxy/token_bucket.hpp"

namespace mt::gateway {

/// What the proxy may do with a tenant's next request.
enum class Admission : std::uint8_t {
    ready,        ///< forward: a worker accepts on the socket
    cold,         ///< ask for a worker (Demand::want) and hold the request until this changes
    unavailable,  ///< 503 at once, with Retry-After
};

/// What the supervisor and all proxy threads share of one tenant while it lives: atomics, no locks. The same object in
/// every snapshot of the table, so that a change of state publishes no new table.
class TenantGate {
public:
    Admission admission() const { return admission_.load(std::memory_order_acquire); }
    /// Seconds for Retry-After while unavailable.
    unsigned retry_after_s() const { return retry_after_s_.load(std::memory_order_relaxed); }
    /// Grows by one whenever another worker takes the socket over: a pooled connection of an older one is not used
    /// again.
    std::uint32_t generation() const { return generation_.load(std::memory_order_acquire); }

    /// Supervisor only.
    void set(Admission admission, unsigned retry_after_s = 1) {
        retry_after_s_.store(retry_after_s, std::memory_order_relaxed);
        admission_.store(admission, std::memory_order_release);
    }
    void next_generation() { generation_.fetch_add(1, std::memory_order_acq_rel); }

    /// Counts a request in flight, unless `most` are already (0: any number). Under one limit in_flight is never above
    /// it, not for a moment: it only grows by a compare-and-swap of a value below. Sequentially consistent, as is
    /// loops_waiting: whoever frees a place and then sees nobody waiting knows that whoever begins to wait afterwards
    /// sees the place.
    bool take_place(std::uint32_t most) {
        if (most == 0) return in_flight.fetch_add(1), true;
        auto now = in_flight.load();
        while (now < most)
            if (in_flight.compare_exchange_weak(now, now + 1)) return true;
        return false;
    }

    /// Requests and tunnels between admission and their last byte, over all threads; the supervisor stops an idle
    /// worker only at 0.
    std::atomic<std::uint32_t> in_flight{0};
    /// Those of them that are WebSockets and event streams: they may last for ever.
    std::atomic<std::uint32_t> streams{0};
    /// Requests waiting for a worker or for a place, over all threads.
    std::atomic<std::uint32_t> held{0};
    /// One bit per proxy thread on which requests wait for a place. A bit is only written by its thread.
    std::atomic<std::uint64_t> loops_waiting{0};
    TokenBucket tokens;
    /// Counted by the proxy when it finishes with a tenant's request; seconds of std::chrono::steady_clock.
    std::atomic<std::uint32_t> last_used_s{0};
    /// See TrafficRows.
    std::atomic<std::uint32_t> traffic_row{0};
    /// Since the tenant appeared: answered requests, and those answered 5xx (by the worker or by us).
    std::atomic<std::uint64_t> requests{0}, server_errors{0};
    LimitHits limit_hits;

private:
    std::atomic<Admission> admission_{Admission::cold};
    std::atomic<unsigned> retry_after_s_{1};
    std::atomic<std::uint32_t> generation_{0};
};

/// Counts one of TenantGate::streams while it lives. The gate outlives it.
class StreamCount {
public:
    explicit StreamCount(TenantGate& gate) : gate_(gate) { gate_.streams.fetch_add(1); }
    ~StreamCount() { gate_.streams.fetch_sub(1); }
    StreamCount(const StreamCount&) = delete;
    StreamCount& operator=(const StreamCount&) = delete;

private:
    TenantGate& gate_;
};

}  // namespace mt::gateway
