#include "base/settings.hpp"

#include <nlohmann/json.hpp>

#include "base/units.hpp"

namespace mt {

namespace {

using std::chrono::milliseconds;

json shown(std::uint64_t size) { return exact_size(size); }
json shown(std::uint32_t count) { return count; }
json shown(milliseconds duration) { return format_duration(duration); }
json shown(const Rate& rate) { return format_rate(rate); }
json shown(const CpuShare& share) { return format_cpu(share); }

json setting(std::string key, json value, const char* source) {
    return {{"key", std::move(key)}, {"value", std::move(value)}, {"source", source}};
}

/// `tenant` null: the gateway's own view, with the keys that only it has.
void add_limits(json& rows, const LimitsConfig& gateway, const LimitsConfig* tenant) {
    const Limits limits = tenant ? merge(merge({}, gateway), *tenant) : merge({}, gateway);
    for (const auto& any : limit_keys())
        std::visit([&](const auto& key) {
            if (tenant && key.gateway_only) return;
            const char* const source = tenant && tenant->*key.given ? "tenant.json" : gateway.*key.given ? "mtg.json" : "default";
            rows.push_back(setting("limits." + std::string{key.name}, shown(limits.*key.value), source));
        }, any);
}

struct Documented {
    const char* key;
    const char* in;  ///< files
    json standard;
    const char* meaning;
};

const std::vector<Documented>& documented() {
    static const std::vector<Documented> keys{
        {"listen", "mtg.json", "127.0.0.1:9000", "an address, or an array of them"},
        {"tenants", "mtg.json", "tenants", "folder of the tenants"},
        {"socket", "mtg.json", "<tenants>/.run/control.sock", "control socket"},
        {"environment", "mtg.json", json::array(), "names of variables that the workers get"},
        {"tls", "mtg.json", json(), "TLS listeners and certificates (docs/TLS.md)"},
        {"trusted_proxies", "mtg.json", json::array(), "proxies in front whose X-Forwarded-* are believed"},
        {"access_log.file", "mtg.json", "", "a line per request goes there; without it none is written"},
        {"access_log.format", "mtg.json", "combined", "combined or json"},
        {"trace", "mtg.json", "on", "W3C traces: on takes part, pass leaves them as they come"},
        {"metrics.public", "mtg.json", false, "/-/metrics is offered to clients, not only on the control socket"},
        {"metrics.tenants", "mtg.json", 500, "how many tenants have figures of their own"},
        {"max_resident", "mtg.json", 0, "tenants with a process at a time, the least recently used idle ones are stopped first; 0: any number"},
        {"memory_budget", "mtg.json", "0", "private resident memory of all tenants' processes, kept in the same way; 0: any"},
        {"ui", "mtg.json", false, "the operator's page: true, or a loopback address such as 127.0.0.1:9001"},
        {"servers", "mtg.json", json::object(), "logins of database servers for mtm add --datasource (docs/TENANCY.md)"},
        {"uids", "mtg.json", "1880000000-1880065535", "a tenant's processes run as a user of its own from here, or off"},
        {"isolation", "tenant.json", "default", "off: its processes have the gateway's rights (docs/ISOLATION.md)"},
        {"key", "tenant.json", "", "opaque name of what belongs to the tenant elsewhere"},
        {"state", "tenant.json", "running", "running, stopped or suspended"},
        {"reason", "tenant.json", "", "of a suspension: what clients are told"},
        {"until", "tenant.json", "", "a suspension ends by itself then, such as 2026-12-01T08:00:00Z"},
        {"start", "tenant.json", "on-demand", "eager: the worker starts with the gateway"},
        {"idle_stop", "tenant.json", "5m", "the worker ends after that long without a request; 0: never"},
        {"command", "tenant.json", json::array(), "a program that serves the tenant, and its arguments"},
        {"listen", "tenant.json", "fd", "how the program is reached: fd, port or socket"},
        {"env", "tenant.json", json::object(), "variables for the program"},
        {"protected", "tenant.json", false, "mtm remove refuses"},
        {"snapshots.every", "tenant.json", "1d", "where there are snapshots: one after each so long a time; 0: none"},
        {"snapshots.keep", "tenant.json", 7, "so many of those, older ones go"},
        {"labels", "tenant.json", json::object(), "free strings"},
    };
    return keys;
}

}  // namespace

json tenant_settings(const GatewayConfig& gateway, const TenantConfig& tenant, const ordered_json& file) {
    auto rows = json::array();
    const auto add = [&](const char* key, json value) {
        rows.push_back(setting(key, std::move(value), file.is_object() && file.contains(key) ? "tenant.json" : "default"));
    };
    add("key", tenant.key);
    add("state", tenant.state);
    if (!tenant.reason.empty()) add("reason", tenant.reason);
    if (tenant.until) add("until", format_time(*tenant.until));
    add("start", tenant.start);
    add("idle_stop", format_duration(tenant.idle_stop));
    if (tenant.is_command()) {
        add("command", tenant.command.words);
        add("listen", tenant.command.listen);
        // Their names: a value may be a secret.
        for (const auto& [name, value] : tenant.command.environment)
            rows.push_back(setting("env." + name, "...", "tenant.json"));
    }
    add("protected", tenant.is_protected);
    add("isolation", tenant.isolation);
    const char* const from = tenant.compression ? "tenant.json" : gateway.compression ? "mtg.json" : "default";
    rows.push_back(setting("compression", tenant.compression.value_or(gateway.compression.value_or(false)), from));
    for (const auto& [name, value] : tenant.labels) rows.push_back(setting("labels." + name, value, "tenant.json"));
    add_limits(rows, gateway.limits, &tenant.limits);
    return rows;
}

json gateway_settings(const GatewayConfig& gateway) {
    auto rows = json::array();
    const auto add = [&](const char* key, json value) {
        rows.push_back(setting(key, std::move(value), gateway.given.contains(key) ? "mtg.json" : "default"));
    };
    auto listen = json::array();
    for (const auto& address : gateway.listen) listen.push_back(address.str());
    add("listen", std::move(listen));
    add("environment", gateway.environment);
    add("access_log.file", gateway.access_log.empty() ? json() : json(gateway.access_log.native()));
    add("access_log.format", gateway.access_log_format);
    add("trace", gateway.trace);
    add("metrics.public", gateway.metrics_public);
    add("metrics.tenants", gateway.metrics_tenants.value_or(500));
    add("compression", gateway.compression.value_or(false));
    add("uids", gateway.uids ? std::to_string(gateway.uids->first) + "-" + std::to_string(gateway.uids->last) : "off");
    add("servers", gateway.servers);
    add("max_resident", gateway.resident.tenants_max);
    add("memory_budget", exact_size(gateway.resident.bytes_max));
    add("ui", gateway.ui ? json(gateway.ui->str()) : json(false));
    add_limits(rows, gateway.limits, nullptr);
    return rows;
}

json settings_schema() {
    auto rows = json::array();
    const auto add = [&](std::string key, json files, json standard, const char* meaning) {
        rows.push_back({{"key", std::move(key)}, {"in", std::move(files)}, {"default", std::move(standard)}, {"meaning", meaning}});
    };
    add("compression", json::array({"mtg.json", "tenant.json"}), false, "text answers are compressed for clients that accept it");
    for (const auto& key : documented()) add(key.key, json::array({key.in}), key.standard, key.meaning);
    for (const auto& any : limit_keys())
        std::visit([&](const auto& key) {
            add("limits." + std::string{key.name}, key.gateway_only ? json::array({"mtg.json"}) : json::array({"mtg.json", "tenant.json"}),
                shown(Limits{}.*key.value), key.meaning);
        }, any);
    return rows;
}

}  // namespace mt
