#include "base/gateway_config.hpp"

#include <nlohmann/json.hpp>

namespace mt {

namespace {

ConfigRead not_yet(std::string what) {
    return [what = std::move(what)](const ordered_json&, const ConfigPlace& at) -> Status {
        return at.error(what + " is not supported yet").hint("remove the key");
    };
}

}  // namespace

Result<GatewayConfig> read_gateway_config(const std::filesystem::path& path) {
    MT_TRY(const auto file, read_json_file(path));
    MT_TRY(const auto root, parse_config(file));
    GatewayConfig config;
    std::string tenants, socket;
    const std::vector<ConfigKey> keys{
        {"listen", [&](const ordered_json& value, const ConfigPlace& at) { return read_listen(value, at, config.listen); }},
        {"tenants", read_into(tenants)},
        {"socket", read_into(socket)},
        {"environment", read_into(config.environment)},
        {"limits", [&](const ordered_json& value, const ConfigPlace& at) { return read_limits(value, at, true, config.limits); }},
        {"tls", [&](const ordered_json& value, const ConfigPlace& at) { return read_tls(value, at, path.parent_path(), config.tls.emplace()); }},
        {"servers", not_yet("servers")},
        {"uids", not_yet("uids")},
    };
    MT_CHECK(read_object(root, ConfigPlace{file, ""}, keys));
    if (!tenants.empty()) config.tenants = path.parent_path() / tenants;
    if (!socket.empty()) config.socket = path.parent_path() / socket;
    return config;
}

}  // namespace mt
