#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/proxy/traffic.hpp"

namespace mt::gateway {

/// What was counted of each tenant up to a moment. Tenants without a request are left out.
struct TrafficSnapshot {
    using Latency = decltype(Traffic::latency);
    struct Row {
        std::uint64_t requests = 0;
        Latency latency{};  ///< all zero for tenants without a row of their own in the report
    };
    std::chrono::steady_clock::time_point at;
    std::unordered_map<std::string, Row> rows;
};

/// A tenant's last seconds.
struct TrafficFigures {
    double requests_per_second = 0;
    std::optional<double> p95_ms;  ///< none: nothing was asked for, or it has no row of its own
};

/// The snapshots of the last seconds, so that whoever asks learns what happened since one of them. One thread.
class TrafficWindow {
public:
    static constexpr std::chrono::seconds k_every{5}, k_length{10};

    void keep(TrafficSnapshot snapshot);
    /// Between the newest kept snapshot that is k_length old, else the oldest, and `now`.
    TrafficFigures figures(const TrafficSnapshot& now, const std::string& tenant) const;

private:
    std::deque<TrafficSnapshot> kept_;
};

/// The latency below which that share of requests stayed, interpolated within its bucket; none without requests.
std::optional<double> percentile_ms(const TrafficSnapshot::Latency& counts, double share);

}  // namespace mt::gateway
