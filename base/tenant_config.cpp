#include "base/tenant_config.hpp"

#include <nlohmann/json.hpp>

namespace mt {

namespace {

/// Known, and refused unless empty.
ConfigRead only_empty(std::string name) {
    return [name = std::move(name)](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (!value.is_null() && !value.is_string() && !value.is_array()) return at.error("must be a string or an array");
        if (value.empty() || value == "") return {};
        return at.error("\"" + name + "\" is not supported yet").hint("remove the key");
    };
}

Status read_labels(const ordered_json& value, const ConfigPlace& at, std::map<std::string, std::string>& labels) {
    if (!value.is_object()) return at.error("must be an object of strings");
    for (const auto& [name, text] : value.items()) {
        if (!text.is_string()) return at.member(name).error("must be a string");
        labels[name] = text.get<std::string>();
    }
    return {};
}

}  // namespace

Result<TenantConfig> read_tenant_config(const std::filesystem::path& path, std::string display) {
    const auto file = read_json_file(path, std::move(display));
    if (!file.ok() && file.error().code() == Errc::not_found) return TenantConfig{};
    if (!file.ok()) return file.error();
    return parse_tenant_config(*file);
}

Result<TenantConfig> parse_tenant_config(const JsonFile& file) {
    TenantConfig config;
    if (file.text.find_first_not_of(" \t\r\n") == std::string::npos) return config;
    MT_TRY(const auto root, parse_config(file));

    std::optional<std::chrono::milliseconds> idle_stop;
    bool strip_prefix = true;
    std::string listen;
    const std::vector<ConfigKey> keys{
        {"key", read_into(config.key)},
        {"state", read_word(config.state, {"running", "stopped", "suspended"})},
        {"reason", read_into(config.reason)},
        {"until", read_into(config.until)},
        {"start", read_word(config.start, {"on-demand", "eager"})},
        {"idle_stop", read_into(idle_stop)},
        {"hosts", only_empty("hosts")},
        {"compression", read_into(config.compression)},
        {"labels", [&](const ordered_json& value, const ConfigPlace& at) { return read_labels(value, at, config.labels); }},
        {"protected", read_into(config.is_protected)},
        {"command", only_empty("command")},
        {"upstream", only_empty("upstream")},
        {"listen", read_word(listen, {"fd", "port", "socket"})},
        {"strip_prefix", read_into(strip_prefix)},
        {"isolation", read_word(config.isolation, {"default", "off"})},
        {"limits", [&](const ordered_json& value, const ConfigPlace& at) { return read_limits(value, at, false, config.limits); }},
    };
    MT_CHECK(read_object(root, ConfigPlace{file, ""}, keys));
    if (idle_stop) config.idle_stop = *idle_stop;
    return config;
}

}  // namespace mt
