#pragma once
#include <chrono>
#include <string>

#include "gateway/proxy/tenant_table.hpp"

namespace mt::gateway {

/// Which of a tenant's limits a request came up against.
enum class Exceeded : std::uint8_t { nothing, rate, concurrency };

/// Takes a token out of the tenant's bucket; true if there was one or it has no rate. Else `retry_after_s` is when
/// there is one, rounded up.
bool within_rate(const TenantEntry& tenant, std::chrono::steady_clock::time_point now, unsigned& retry_after_s);

/// RateLimit-Policy and RateLimit of a 429, as lines (draft-ietf-httpapi-ratelimit-headers-10); nothing for `nothing`.
std::string rate_limit_fields(const Limits& limits, Exceeded exceeded, unsigned retry_after_s);

}  // namespace mt::gateway
