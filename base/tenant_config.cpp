#include "base/tenant_config.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.hpp"

namespace mt {

namespace {

ConfigRead read_upstream(std::optional<UpstreamAddress>& target, std::string folder) {
    return [&target, folder = std::move(folder)](const ordered_json& value, const ConfigPlace& at) -> Status {
        if (value.is_null() || value == "") return {};
        if (!value.is_string()) return at.error("must be a string");
        auto address = parse_upstream(value.get_ref<const std::string&>(), folder);
        if (!address.ok()) return at.error(address.error().message());
        target = *std::move(address);
        return {};
    };
}

Status read_hosts(const ordered_json& value, const ConfigPlace& at, std::vector<std::string>& hosts) {
    if (!value.is_array()) return at.error("must be an array of host names");
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto place = at.member(std::to_string(i));
        if (!value[i].is_string()) return place.error("must be a string");
        auto name = parse_host_name(value[i].get_ref<const std::string&>());
        if (!name.ok()) return place.error(name.error().message());
        if (std::find(hosts.begin(), hosts.end(), *name) != hosts.end()) return place.error("\"" + *name + "\" stands here twice");
        hosts.push_back(*std::move(name));
    }
    return {};
}

Status read_time(const ordered_json& value, const ConfigPlace& at, std::optional<std::chrono::system_clock::time_point>& target) {
    if (value.is_null() || value == "") return {};
    if (!value.is_string()) return at.error("must be a time such as \"2026-12-01T08:00:00Z\"");
    const auto time = parse_time(value.get_ref<const std::string&>());
    if (!time.ok()) return at.error(time.error().message());
    target = *time;
    return {};
}

Status read_snapshots(const ordered_json& value, const ConfigPlace& at, TenantConfig& config) {
    std::optional<std::chrono::milliseconds> every;
    std::optional<std::uint32_t> keep;
    MT_CHECK(read_object(value, at, {{"every", read_into(every)}, {"keep", read_into(keep)}}));
    if (every && every->count() > 0 && *every < std::chrono::minutes{1})
        return at.member("every").error("must be at least a minute");
    if (keep == 0u) return at.member("keep").error("must be at least 1");
    config.snapshots_every = every.value_or(std::chrono::hours{24});
    config.snapshots_keep = keep.value_or(config.snapshots_keep);
    return {};
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

const std::string& wanted_state(const TenantConfig& config, std::chrono::system_clock::time_point now) {
    static const std::string running = "running";
    return config.state == "suspended" && config.until && *config.until <= now ? running : config.state;
}

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
    const std::vector<ConfigKey> keys{
        {"key", read_into(config.key)},
        {"state", read_word(config.state, {"running", "stopped", "suspended"})},
        {"reason", read_into(config.reason)},
        {"until", [&](const ordered_json& value, const ConfigPlace& at) { return read_time(value, at, config.until); }},
        {"start", read_word(config.start, {"on-demand", "eager"})},
        {"idle_stop", read_into(idle_stop)},
        {"hosts", [&](const ordered_json& value, const ConfigPlace& at) { return read_hosts(value, at, config.hosts); }},
        {"compression", read_into(config.compression)},
        {"labels", [&](const ordered_json& value, const ConfigPlace& at) { return read_labels(value, at, config.labels); }},
        {"snapshots", [&](const ordered_json& value, const ConfigPlace& at) { return read_snapshots(value, at,
            config); }},
        {"protected", read_into(config.is_protected)},
        {"command", read_command_into(config.command.words)},
        {"env", read_environment_into(config.command.environment)},
        {"upstream", read_upstream(config.upstream, file.path.parent_path().native())},
        {"listen", read_word(config.command.listen, {"fd", "port", "socket"})},
        {"strip_prefix", read_into(config.strip_prefix)},
        {"isolation", read_word(config.isolation, {"default", "off"})},
        {"limits", [&](const ordered_json& value, const ConfigPlace& at) { return read_limits(value, at, false, config.limits); }},
    };
    MT_CHECK(read_object(root, ConfigPlace{file, ""}, keys));
    if (config.is_command() && config.upstream)
        return file.error_at("/upstream", "a tenant has a command or an upstream").hint("remove one of the two");
    if (idle_stop) config.idle_stop = *idle_stop;
    return config;
}

Error host_taken(const std::filesystem::path& path, std::size_t index, const std::string& owner) {
    const auto message = "this host reaches tenant '" + owner + "' already";
    const auto hint = "a host belongs to one tenant: remove it here or there";
    const auto file = read_json_file(path);
    if (!file.ok()) return Error{Errc::invalid_config, message}.hint(hint);
    return file->error_at("/hosts/" + std::to_string(index), message).hint(hint);
}

}  // namespace mt
