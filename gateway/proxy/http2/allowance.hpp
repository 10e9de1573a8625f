#pragma once
#include <algorithm>
#include <chrono>

namespace mt::gateway {

/// How many of something a client may send: so many at once, and so many more per second. What costs it nothing and us something
/// (resets, pings, settings, empty frames) is counted by one of these.
class Allowance {
public:
    using Clock = std::chrono::steady_clock;
    Allowance(double at_once, double per_second) : most_(at_once), per_second_(per_second), left_(at_once) {}

    /// False: it is used up.
    bool take(Clock::time_point now) {
        if (last_ != Clock::time_point{})
            left_ = std::min(most_, left_ + per_second_ * std::chrono::duration<double>(now - last_).count());
        last_ = now;
        left_ -= 1;
        return left_ >= 0;
    }

private:
    double most_, per_second_, left_;
    Clock::time_point last_{};
};

}  // namespace mt::gateway
