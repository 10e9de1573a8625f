#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/tenant_id.hpp"

namespace mt::gateway {

/// What the proxy may do with a tenant's next request.
enum class Admission : std::uint8_t {
    ready,        ///< forward: a worker accepts on the socket
    cold,         ///< ask for a worker (Demand::want) and hold the request until this changes
    unavailable,  ///< 503 at once, with Retry-After
};

/// The one thing that the supervisor writes and the proxy reads while a tenant lives: two atomics, no locks. Shared by every
/// snapshot of the table, so that a change of state publishes no new table.
class TenantGate {
public:
    Admission admission() const { return admission_.load(std::memory_order_acquire); }
    /// Seconds for Retry-After while unavailable.
    unsigned retry_after_s() const { return retry_after_s_.load(std::memory_order_relaxed); }
    /// Grows by one whenever another worker takes the socket over: a pooled connection of an older one is not used again.
    std::uint32_t generation() const { return generation_.load(std::memory_order_acquire); }

    /// Supervisor only.
    void set(Admission admission, unsigned retry_after_s = 1) {
        retry_after_s_.store(retry_after_s, std::memory_order_relaxed);
        admission_.store(admission, std::memory_order_release);
    }
    void next_generation() { generation_.fetch_add(1, std::memory_order_acq_rel); }

    /// Requests and tunnels between admission and their last byte, over all threads; the supervisor stops an idle worker only at 0.
    std::atomic<std::uint32_t> in_flight{0};
    /// Requests waiting for a worker, over all threads.
    std::atomic<std::uint32_t> held{0};
    /// Counted by the proxy when it finishes with a tenant's request; seconds of std::chrono::steady_clock.
    std::atomic<std::uint32_t> last_used_s{0};
    /// Since the tenant appeared: answered requests, and those answered 5xx (by the worker or by us).
    std::atomic<std::uint64_t> requests{0}, server_errors{0};

private:
    std::atomic<Admission> admission_{Admission::cold};
    std::atomic<unsigned> retry_after_s_{1};
    std::atomic<std::uint32_t> generation_{0};
};

/// Defaults and their names are those of docs/CONFIGURATION.md; tenant.json and mtg.json set them under "limits".
struct Limits {
    std::uint64_t body_bytes = 1u << 20;
    std::chrono::milliseconds body_timeout{30'000};    ///< longest gap between two reads or writes of a body
    std::chrono::milliseconds answer_timeout{60'000};  ///< from the whole request sent to the answer's head
    std::uint32_t queue = 100;                         ///< requests held while no worker is ready
    std::chrono::milliseconds queue_wait{10'000};
    std::chrono::milliseconds tunnel_idle{3'600'000};  ///< longest silence of a WebSocket
};

/// One tenant as the proxy sees it. Immutable but for the gate.
struct TenantEntry {
    TenantId id;
    std::string socket_path;
    Limits limits;
    std::shared_ptr<TenantGate> gate;
    std::string host = {};        ///< an IP address: the tenant's server is reached by TCP, and socket_path is empty
    unsigned short port = 0;
    bool strip_prefix = true;     ///< false: its server gets the path with the tenant's name
};

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// An immutable snapshot: every proxy thread holds one and gets the next by a message, so looking up takes no lock.
using TenantMap = std::unordered_map<std::string, std::shared_ptr<const TenantEntry>, StringHash, std::equal_to<>>;

struct TenantTable : TenantMap {
    TenantMap hosts;  ///< by lower-case host name, or by `*.example.com` for what is below

    /// The tenant that a Host field's value reaches (its port does not count), or null. Free where no tenant has hosts.
    std::shared_ptr<const TenantEntry> by_host(std::string_view authority) const {
        return hosts.empty() ? nullptr : find_host(authority);
    }

private:
    std::shared_ptr<const TenantEntry> find_host(std::string_view authority) const;
};

/// What the proxy asks of the supervisor. Called from proxy threads; implementations post to their own thread.
class Demand {
public:
    virtual ~Demand() = default;
    /// A request waits for a worker of this tenant. May be called many times; the answer is ProxyThreads::wake.
    virtual void want(const TenantId& tenant) = 0;
};

}  // namespace mt::gateway
