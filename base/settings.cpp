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
        {"key", "tenant.json", "", "opaque name of what belongs to the tenant elsewhere"},
        {"state", "tenant.json", "running", "running, stopped or suspended"},
        {"start", "tenant.json", "on-demand", "eager: the worker starts with the gateway"},
        {"idle_stop", "tenant.json", "5m", "the worker ends after that long without a request; 0: never"},
        {"protected", "tenant.json", false, "mtm remove refuses"},
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
    add("start", tenant.start);
    add("idle_stop", format_duration(tenant.idle_stop));
    add("protected", tenant.is_protected);
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
    add_limits(rows, gateway.limits, nullptr);
    return rows;
}

json settings_schema() {
    auto rows = json::array();
    const auto add = [&](std::string key, json files, json standard, const char* meaning) {
        rows.push_back({{"key", std::move(key)}, {"in", std::move(files)}, {"default", std::move(standard)}, {"meaning", meaning}});
    };
    for (const auto& key : documented()) add(key.key, json::array({key.in}), key.standard, key.meaning);
    for (const auto& any : limit_keys())
        std::visit([&](const auto& key) {
            add("limits." + std::string{key.name}, key.gateway_only ? json::array({"mtg.json"}) : json::array({"mtg.json", "tenant.json"}),
                shown(Limits{}.*key.value), key.meaning);
        }, any);
    return rows;
}

}  // namespace mt
