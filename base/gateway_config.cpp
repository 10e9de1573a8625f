#include "base/gateway_config.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <nlohmann/json.hpp>

namespace mt {

std::string ListenText::str() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenText> parse_listen(std::string_view text) {
    const auto refuse = [&](std::string why) {
        return Error{Errc::usage, "'" + std::string{text.substr(0, 80)} + "' is no address to listen on: " + why}.hint(
            "for example 9000, 0.0.0.0:9000 or [::1]:9000");
    };
    std::string host = "127.0.0.1";
    std::string_view port = text;
    if (const auto colon = text.rfind(':'); colon != std::string_view::npos) {
        port = text.substr(colon + 1);
        auto before = text.substr(0, colon);
        const bool bracketed = before.size() > 2 && before.front() == '[' && before.back() == ']';
        if (bracketed) before = before.substr(1, before.size() - 2);
        else if (before.find(':') != std::string_view::npos) return refuse("an IPv6 address stands in brackets");
        if (before == "*") before = "0.0.0.0";
        if (!before.empty() && before != "localhost") host = before;
        unsigned char address[sizeof(in6_addr)];
        if (::inet_pton(bracketed ? AF_INET6 : AF_INET, host.c_str(), address) != 1) return refuse("not an IP address");
    }
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number > 65535)
        return refuse("the port is a number from 0 to 65535");
    return ListenText{std::move(host), static_cast<unsigned short>(number)};
}

namespace {

Status read_listen(const ordered_json& value, const ConfigPlace& at, std::vector<ListenText>& target) {
    if (!value.is_string() && !value.is_array()) return at.error("must be an address such as \"0.0.0.0:9000\", or an array of them");
    if (value.is_array() && value.empty()) return at.error("must name at least one address");
    target.clear();
    const std::size_t count = value.is_array() ? value.size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& item = value.is_array() ? value[i] : value;
        const auto place = value.is_array() ? at.member(std::to_string(i)) : at;
        if (!item.is_string()) return place.error("must be a string");
        auto parsed = parse_listen(item.get_ref<const std::string&>());
        if (!parsed.ok()) return place.error(parsed.error().message());
        target.push_back(*parsed);
    }
    return {};
}

/// Relative to the file's folder, not to where the program runs.
void set_places(GatewayConfig& config, const std::filesystem::path& file, const std::string& tenants, const std::string& socket) {
    if (!tenants.empty()) config.tenants = file.parent_path() / tenants;
    if (!socket.empty()) config.socket = file.parent_path() / socket;
}

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
        {"tls", not_yet("tls")},
        {"servers", not_yet("servers")},
        {"uids", not_yet("uids")},
    };
    MT_CHECK(read_object(root, ConfigPlace{file, ""}, keys));
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
