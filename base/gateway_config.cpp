#include "base/gateway_config.hpp"

#include <nlohmann/json.hpp>

#include "base/server_logins.hpp"

namespace mt {

namespace {

Status read_access_log(const ordered_json& value, const ConfigPlace& at, std::string& file, GatewayConfig& config) {
    MT_CHECK(read_object(value, at, {{"file", read_into(file)}, {"format", read_word(config.access_log_format, {"combined", "json"})}}));
    if (file.empty()) return at.error("must name a \"file\"").hint("remove access_log to write none");
    return {};
}

Status read_networks(const ordered_json& value, const ConfigPlace& at, std::vector<Network>& target) {
    if (!value.is_array()) return at.error("must be an array of networks such as \"10.0.0.0/8\"");
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto place = at.member(std::to_string(i));
        if (!value[i].is_string()) return place.error("must be a string");
        auto network = parse_network(value[i].get_ref<const std::string&>());
        if (!network.ok()) return place.error(network.error().message());
        target.push_back(*network);
    }
    return {};
}

/// Relative to the file's folder, not to where the program runs.
void set_places(GatewayConfig& config, const std::filesystem::path& file, const std::string& tenants, const std::string& socket) {
    if (!tenants.empty()) config.tenants = file.parent_path() / tenants;
    if (!socket.empty()) config.socket = file.parent_path() / socket;
}

Status read_uids(const ordered_json& value, const ConfigPlace& at, std::optional<UidRange>& target) {
    if (!value.is_string()) return at.error("must be a range such as \"300000-365535\", or \"off\"");
    const auto& text = value.get_ref<const std::string&>();
    target.reset();
    if (text == "off") return {};
    auto range = parse_uid_range(text);
    if (!range.ok()) return at.error(range.error().message());
    target = *range;
    return {};
}

}  // namespace

Result<GatewayConfig> read_gateway_config(const std::filesystem::path& path) {
    MT_TRY(const auto file, read_json_file(path));
    MT_TRY(const auto root, parse_config(file));
    GatewayConfig config;
    std::string tenants, socket, access_log;
    std::optional<std::uint32_t> max_resident;
    std::optional<std::uint64_t> memory_budget;
    const std::vector<ConfigKey> keys{
        {"listen", [&](const ordered_json& value, const ConfigPlace& at) { return read_listen(value, at, config.listen); }},
        {"tenants", read_into(tenants)},
        {"socket", read_into(socket)},
        {"environment", read_into(config.environment)},
        {"limits", [&](const ordered_json& value, const ConfigPlace& at) { return read_limits(value, at, true, config.limits); }},
        {"access_log", [&](const ordered_json& value, const ConfigPlace& at) { return read_access_log(value, at, access_log, config); }},
        {"trace", read_word(config.trace, {"on", "pass"})},
        {"metrics", [&](const ordered_json& value, const ConfigPlace& at) {
             return read_object(value, at, {{"public", read_into(config.metrics_public)}, {"tenants", read_into(config.metrics_tenants)}});
         }},
        {"compression", read_into(config.compression)},
        {"trusted_proxies", [&](const ordered_json& value, const ConfigPlace& at) { return read_networks(value, at, config.trusted_proxies); }},
        {"tls", [&](const ordered_json& value, const ConfigPlace& at) { return read_tls(value, at, path.parent_path(), config.tls.emplace()); }},
        {"max_resident", read_into(max_resident)},
        {"memory_budget", read_size_into(memory_budget)},
        {"servers", [&](const ordered_json& value, const ConfigPlace& at) { return read_server_names(value, at, config.servers); }},
        {"ui", read_ui_into(config.ui)},
        {"uids", [&](const ordered_json& value, const ConfigPlace& at) { return read_uids(value, at, config.uids); }},
    };
    MT_CHECK(read_object(root, ConfigPlace{file, ""}, keys));
    for (const auto& [name, value] : root.items()) {
        config.given.insert(name);
        if (value.is_object())
            for (const auto& [member, ignored] : value.items()) config.given.insert(name + "." + member);
    }
    if (!access_log.empty()) config.access_log = std::filesystem::absolute(path).parent_path() / access_log;
    config.resident = {max_resident.value_or(0), memory_budget.value_or(0)};
    config.names_listen = root.contains("listen");
    set_places(config, path, tenants, socket);
    return config;
}

GatewayConfig read_gateway_places(const std::filesystem::path& path) {
    GatewayConfig config;
    const auto file = read_json_file(path);
    if (!file.ok()) return config;
    const auto root = parse_config(*file);
    if (!root.ok() || !root->is_object()) return config;
    const auto text = [&](const char* key) {
        const auto found = root->find(key);
        return found != root->end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    set_places(config, path, text("tenants"), text("socket"));
    return config;
}

}  // namespace mt
