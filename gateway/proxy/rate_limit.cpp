#include "gateway/proxy/rate_limit.hpp"

namespace mt::gateway {

namespace {

std::chrono::nanoseconds interval(const Rate& rate) { return std::chrono::nanoseconds{rate.per} / rate.count; }

}  // namespace

bool within_rate(const TenantEntry& tenant, std::chrono::steady_clock::time_point now, unsigned& retry_after_s) {
    const auto& limits = tenant.limits;
    if (limits.rate.count == 0) return true;
    const auto wait = tenant.gate->tokens.take(now, interval(limits.rate), burst_of(limits));
    retry_after_s = static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(wait).count());
    return wait.count() == 0;
}

std::string rate_limit_fields(const Limits& limits, Exceeded exceeded, unsigned retry_after_s) {
    const auto lines = [&](const std::string& policy, const std::string& name) {
        return "RateLimit-Policy: " + policy + "\r\nRateLimit: \"" + name + "\";r=0;t=" + std::to_string(retry_after_s) + "\r\n";
    };
    switch (exceeded) {
        case Exceeded::nothing: return {};
        case Exceeded::rate: {
            // The window in which a quota of one burst comes back.
            const auto burst = burst_of(limits);
            const auto window = std::chrono::ceil<std::chrono::seconds>(interval(limits.rate) * burst);
            return lines("\"rate\";q=" + std::to_string(burst) + ";w=" + std::to_string(window.count()), "rate");
        }
        case Exceeded::concurrency:
            return lines("\"concurrency\";q=" + std::to_string(limits.concurrency) + ";qu=\"concurrent-requests\"", "concurrency");
    }
    return {};
}

}  // namespace mt::gateway
