#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace mt::gateway {

/// Which of a tenant's limits refused a request; named as in docs/CONFIGURATION.md.
enum class LimitHit : std::uint8_t { none, rate, concurrency, queue, queue_wait, body, body_timeout, connect_timeout,
                                    answer_timeout };
inline constexpr std::size_t k_limits_counted = 9;
std::string_view name(LimitHit limit);

/// How often each has done so since the tenant appeared, and when last. Any thread; written off the way of requests
/// that pass.
class LimitHits {
public:
    void count(LimitHit limit, std::uint32_t now_s) {
        auto& row = rows_[static_cast<std::size_t>(limit)];
        row.count.fetch_add(1, std::memory_order_relaxed);
        row.last_s.store(now_s, std::memory_order_relaxed);
    }
    std::uint32_t hits(LimitHit limit) const { return rows_[static_cast<std::size_t>(limit)].count.load(std::memory_order_relaxed); }
    /// Seconds of std::chrono::steady_clock; 0 if it never did.
    std::uint32_t last_s(LimitHit limit) const { return rows_[static_cast<std::size_t>(limit)].last_s.load(std::memory_order_relaxed); }

private:
    struct Row {
        std::atomic<std::uint32_t> count{0}, last_s{0};
    };
    std::array<Row, k_limits_counted> rows_;
};

}  // namespace mt::gateway
