#pragma once
#include <chrono>

namespace mt::gateway {

/// How long to wait before the next start after `failures` in a row (1 is the first): 0.1 s doubling to 30 s, less up to a
/// fifth by `jitter` (0 to 1), so that tenants broken by one cause do not come back in step.
std::chrono::milliseconds backoff(unsigned failures, double jitter);

/// Seconds for Retry-After, rounded up, at least 1.
unsigned retry_after_s(std::chrono::milliseconds wait);

}  // namespace mt::gateway
