#include "gateway/proxy/traffic.hpp"

#include <algorithm>

namespace mt::gateway {

void Traffic::count(unsigned status, std::chrono::microseconds time, std::uint64_t in, std::uint64_t out) {
    if (status >= 100 && status < 600) ++by_class[status / 100 - 1];
    bytes_in += in;
    bytes_out += out;
    if (status == 101) return;  // how long a tunnel lives is no latency
    std::size_t bucket = 0;
    while (bucket < k_latency_bounds.size() && time > k_latency_bounds[bucket]) ++bucket;
    ++latency[bucket];
    latency_sum += time;
}

Traffic& Traffic::operator+=(const Traffic& other) {
    for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += other.by_class[i];
    for (std::size_t i = 0; i < latency.size(); ++i) latency[i] += other.latency[i];
    latency_sum += other.latency_sum;
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    return *this;
}

std::uint32_t TrafficRows::decide(const TenantEntry& tenant) {
    const std::lock_guard lock{mutex_};
    auto row = tenant.gate->traffic_row.load(std::memory_order_relaxed);
    if (row != k_unknown) return row;  // another thread was faster
    row = k_other;
    if (!free_.empty()) {
        row = free_.back();
        free_.pop_back();
    } else if (next_ - k_first < most_) {
        row = next_++;
    }
    if (row != k_other) named_.push_back({row, tenant.id.str(), tenant.gate});
    tenant.gate->traffic_row.store(row, std::memory_order_relaxed);
    return row;
}

std::vector<TrafficRows::Named> TrafficRows::named() const {
    const std::lock_guard lock{mutex_};
    return named_;
}

std::vector<std::uint32_t> TrafficRows::retire(const TenantTable& table) {
    const std::lock_guard lock{mutex_};
    std::vector<std::uint32_t> rows;
    std::erase_if(named_, [&](Named& named) {
        const auto found = table.find(named.tenant);
        // A gate that took over from this one has its row.
        if (found != table.end() && found->second->gate->traffic_row.load(std::memory_order_relaxed) == named.row) {
            named.gate = found->second->gate;
            return false;
        }
        named.gate->traffic_row.store(k_other, std::memory_order_relaxed);  // for its requests that still run
        rows.push_back(named.row);
        return true;
    });
    return rows;
}

void TrafficRows::free(const std::vector<std::uint32_t>& rows) {
    const std::lock_guard lock{mutex_};
    free_.insert(free_.end(), rows.begin(), rows.end());
}

}  // namespace mt::gateway
