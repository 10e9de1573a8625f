#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace mt::gateway {

/// A token bucket that all threads share, in one atomic: the time at which it would be full again if nobody took from
/// it. Tokens in it at `now` are burst - (full_at - now) / interval, so taking one moves full_at on by one interval,
/// and the bucket is empty when full_at is burst intervals ahead. Invariant: full_at never gets further ahead than
/// that, because the only write is a compare-and-swap of a value for which this was checked. No lock, and nothing to
/// refill.
class TokenBucket {
public:
    using Clock = std::chrono::steady_clock;
    using nanoseconds = std::chrono::nanoseconds;

    /// Takes a token: zero. If there is none, how long until there is one.
    nanoseconds take(Clock::time_point now, nanoseconds interval, std::uint32_t burst) {
        const std::int64_t at = now.time_since_epoch().count(), step = interval.count();
        const std::int64_t latest = at + step * (std::int64_t{burst} - 1);
        auto full_at = full_at_.load(std::memory_order_relaxed);
        for (;;) {
            const auto from = full_at > at ? full_at : at;
            if (from > latest) return nanoseconds{from - latest};
            if (full_at_.compare_exchange_weak(full_at, from + step, std::memory_order_relaxed)) return nanoseconds{0};
        }
    }

    /// As full as `other` is now.
    void continue_from(const TokenBucket& other) { full_at_ = other.full_at_.load(); }

private:
    std::atomic<std::int64_t> full_at_{0};
};

}  // namespace mt::gateway
