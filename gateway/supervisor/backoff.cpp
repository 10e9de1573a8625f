#include "gateway/supervisor/backoff.hpp"

#include <algorithm>

namespace mt::gateway {

using std::chrono::milliseconds;

milliseconds backoff(unsigned failures, double jitter) {
    constexpr std::int64_t first = 100, longest = 30'000;
    const auto doublings = std::min(failures > 0 ? failures - 1 : 0, 10u);
    const auto wait = std::min(first << doublings, longest);
    return milliseconds{wait - static_cast<std::int64_t>(static_cast<double>(wait) * 0.2 * std::clamp(jitter, 0.0, 1.0))};
}

unsigned retry_after_s(milliseconds wait) {
    return static_cast<unsigned>(std::clamp<std::int64_t>((wait.count() + 999) / 1000, 1, 3600));
}

}  // namespace mt::gateway
