#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/proxy/tenant_table.hpp"

namespace mt::gateway {

/// Upper bounds of the latency histogram; what takes longer counts in one more bucket.
inline constexpr auto k_latency_bounds = std::to_array<std::chrono::microseconds>(
    {std::chrono::milliseconds{1}, std::chrono::microseconds{2'500}, std::chrono::milliseconds{5}, std::chrono::milliseconds{10},
     std::chrono::milliseconds{25}, std::chrono::milliseconds{50}, std::chrono::milliseconds{100}, std::chrono::milliseconds{250},
     std::chrono::milliseconds{500}, std::chrono::seconds{1}, std::chrono::milliseconds{2'500}, std::chrono::seconds{5},
     std::chrono::seconds{10}});

/// What one thread has counted of one tenant. Plain numbers: only that thread touches them.
struct Traffic {
    std::array<std::uint64_t, 5> by_class{};  ///< answers by status: 1xx (a tunnel's 101) to 5xx
    std::array<std::uint64_t, k_latency_bounds.size() + 1> latency{};
    std::chrono::microseconds latency_sum{0};
    std::uint64_t bytes_in = 0, bytes_out = 0;

    void count(unsigned status, std::chrono::microseconds time, std::uint64_t in, std::uint64_t out);
    Traffic& operator+=(const Traffic& other);
};

/// Which tenants have a row of their own: the first so many that are asked for. All others share one, so that neither
/// memory nor the page grows with the number of tenants. A tenant's row number is in its gate; a thread's rows are a
/// vector by it.
class TrafficRows {
public:
    static constexpr std::uint32_t k_unknown = 0;  ///< in a gate: not decided yet. As a row: requests without a tenant
    static constexpr std::uint32_t k_other = 1, k_first = 2;

    explicit TrafficRows(std::uint32_t most) : most_(most) {}

    /// The tenant's row. Any thread; takes a lock once in a tenant's life.
    std::uint32_t row_of(const TenantEntry& tenant) {
        const auto row = tenant.gate->traffic_row.load(std::memory_order_relaxed);
        return row != k_unknown ? row : decide(tenant);
    }

    struct Named {
        std::uint32_t row;
        std::string tenant;
        std::shared_ptr<TenantGate> gate;
    };
    std::vector<Named> named() const;

    /// Tenants that `table` does not have any more count with the others from now on. Answers their rows: each thread
    /// adds its own to k_other, and when all have, free() gives them away again.
    std::vector<std::uint32_t> retire(const TenantTable& table);
    void free(const std::vector<std::uint32_t>& rows);

private:
    std::uint32_t decide(const TenantEntry& tenant);

    const std::uint32_t most_;
    mutable std::mutex mutex_;
    std::vector<Named> named_;
    std::vector<std::uint32_t> free_;
    std::uint32_t next_ = k_first;
};

/// All threads' counts at one time, put together.
struct TrafficReport {
    struct Row {
        std::string tenant;
        Traffic traffic;
        std::uint32_t in_flight = 0, held = 0;
    };
    std::vector<Row> tenants;
    Traffic other;      ///< of tenants without a row
    Traffic tenantless; ///< pages of ours, unknown tenants, unreadable heads
    std::uint64_t accepted = 0, log_lines_lost = 0;
    std::uint32_t connections = 0;
};

}  // namespace mt::gateway
