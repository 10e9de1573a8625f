#include "gateway/what_changed.hpp"

#include <nlohmann/json.hpp>

namespace mt::gateway {

nlohmann::json changed_for_a_restart(const GatewayConfig& before, const GatewayConfig& after) {
    auto keys = nlohmann::json::array();
    if (before.listen != after.listen) keys.push_back("listen");
    if (before.tenants != after.tenants) keys.push_back("tenants");
    if (before.socket != after.socket) keys.push_back("socket");
    if (before.environment != after.environment) keys.push_back("environment");
    if (before.limits != after.limits) keys.push_back("limits");
    if (before.trusted_proxies != after.trusted_proxies) keys.push_back("trusted_proxies");
    if (before.access_log != after.access_log || before.access_log_format != after.access_log_format) keys.push_back("access_log");
    if (before.trace != after.trace) keys.push_back("trace");
    if (before.metrics_public != after.metrics_public || before.metrics_tenants != after.metrics_tenants) keys.push_back("metrics");
    if (before.compression != after.compression) keys.push_back("compression");
    if (before.uids != after.uids) keys.push_back("uids");
    if (before.ui != after.ui) keys.push_back("ui");
    if (before.tls.has_value() != after.tls.has_value()) keys.push_back("tls");
    else if (before.tls && before.tls->listen != after.tls->listen) keys.push_back("tls.listen");
    return keys;
}

}  // namespace mt::gateway
