#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/proxy/tenant_table.hpp"
#include "gateway/proxy/wire.hpp"

namespace mt::gateway {

using Clock = std::chrono::steady_clock;

/// A connection to a worker. Leased to one request at a time; between two it rests in the pool, which closes it as soon as the
/// worker sends or closes: neither belongs there.
struct Upstream {
    Wire::Ptr wire;
    std::uint32_t generation = 0;
    bool reused = false;
};

/// One thread's idle connections to the workers, per tenant, last in first out.
class UpstreamPool {
public:
    /// An idle connection of this generation, or none; older ones are closed on the way.
    Upstream take(const TenantEntry& tenant);
    /// Keeps it for the next request, unless another worker has taken over or there are many.
    void give_back(const TenantEntry& tenant, Upstream upstream, Clock::time_point now);

    void drop_older(std::string_view tenant, std::uint32_t generation);
    /// Those that rest since before `since`: an idle worker should cost no descriptor.
    void drop_resting(Clock::time_point since);
    void drop_tenant(std::string_view tenant);
    void drop_all();
    std::size_t size() const { return size_; }

private:
    struct Resting;
    using Shelf = std::vector<std::unique_ptr<Resting>>;
    std::unordered_map<std::string, Shelf, StringHash, std::equal_to<>> shelves_;
    std::size_t size_ = 0;

    void forget(Resting& resting);

public:
    UpstreamPool();
    ~UpstreamPool();
};

/// Starts a connection. `again`: the worker's backlog is full just now; `failed`: nobody listens; `under_way`: over TCP, see
/// Wire::End::connecting.
enum class Connect : std::uint8_t { done, again, under_way, failed };
Connect connect_upstream(Reactor& reactor, const TenantEntry& tenant, Upstream& upstream);

}  // namespace mt::gateway
