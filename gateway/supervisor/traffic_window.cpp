#include "gateway/supervisor/traffic_window.hpp"

#include <algorithm>

namespace mt::gateway {

namespace {

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1e3; }

/// What came between two counts; all of it where the earlier one is of another life of the tenant.
std::uint64_t since(std::uint64_t before, std::uint64_t now) { return now >= before ? now - before : now; }

}  // namespace

std::optional<double> percentile_ms(const TrafficSnapshot::Latency& counts, double share) {
    std::uint64_t sum = 0;
    for (const auto count : counts) sum += count;
    if (sum == 0) return std::nullopt;
    const double wanted = share * static_cast<double>(sum);
    double below = 0;
    for (std::size_t i = 0; i < k_latency_bounds.size(); ++i) {
        const auto count = static_cast<double>(counts[i]);
        if (below + count >= wanted) {
            const double from = i == 0 ? 0 : in_ms(k_latency_bounds[i - 1]), to = in_ms(k_latency_bounds[i]);
            return count > 0 ? from + (to - from) * (wanted - below) / count : from;
        }
        below += count;
    }
    return in_ms(k_latency_bounds.back());  // longer than the longest bound: at least that
}

void TrafficWindow::keep(TrafficSnapshot snapshot) {
    kept_.push_back(std::move(snapshot));
    // The first is needed as long as the second is too young to stand in for it.
    while (kept_.size() > 2 && kept_.back().at - kept_[1].at >= k_length) kept_.pop_front();
}

TrafficFigures TrafficWindow::figures(const TrafficSnapshot& now, const std::string& tenant) const {
    TrafficFigures figures;
    const auto row = now.rows.find(tenant);
    if (kept_.empty() || row == now.rows.end()) return figures;
    auto base = kept_.rbegin();
    while (base + 1 != kept_.rend() && now.at - base->at < k_length) ++base;
    const auto found = base->rows.find(tenant);
    const auto before = found == base->rows.end() ? TrafficSnapshot::Row{} : found->second;
    const std::chrono::duration<double> length = now.at - base->at;
    figures.requests_per_second = static_cast<double>(since(before.requests, row->second.requests)) / std::max(1.0,
        length.count());
    TrafficSnapshot::Latency counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = since(before.latency[i], row->second.latency[i]);
    figures.p95_ms = percentile_ms(counts, 0.95);
    return figures;
}

}  // namespace mt::gateway
