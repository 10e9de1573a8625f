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
    std::string tenants, socket, access_log;
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
        {"tls", not_yet("tls")},
        {"servers", not_yet("servers")},
        {"uids", not_yet("uids")},
    };
    MT_CHECK(read_object(root, ConfigPlace{file, ""}, keys));
    for (const auto& [name, value] : root.items()) {
        config.given.insert(name);
        if (value.is_object())
            for (const auto& [member, ignored] : value.items()) config.given.insert(name + "." + member);
    }
    if (!tenants.empty()) config.tenants = path.parent_path() / tenants;
    if (!access_log.empty()) config.access_log = std::filesystem::absolute(path).parent_path() / access_log;
    if (!socket.empty()) config.socket = path.parent_path() / socket;
    return config;
}

}  // namespace mt
