// One server is read as that of any other connector. What only MongoDB has is read here: several hosts in a URL, the
// database of the login, the replica set.
#include "tenant-app/connectors/mongodb/settings.hpp"

#include <cctype>
#include <nlohmann/json.hpp>

#include "base/json_file.hpp"

namespace mt::app::mongodb {

namespace {

constexpr std::uint16_t k_port = 27017;

std::string escaped(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~') out += c;
        else out.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return out;
}

std::string option_of(std::string_view url, std::string_view name) {
    const auto mark = url.find('?');
    auto rest = mark == std::string_view::npos ? std::string_view{} : url.substr(mark + 1);
    while (!rest.empty()) {
        const auto option = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), option.size() + 1));
        if (option.starts_with(name) && option.substr(name.size()).starts_with('='))
            return std::string{option.substr(name.size() + 1)};
    }
    return {};
}

/// Where the hosts stand in a URL: behind the login, before the database and the options.
std::pair<std::size_t, std::size_t> hosts_in(std::string_view url) {
    const auto scheme = url.find("://");
    const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
    const auto end = std::min(url.find_first_of("/?", begin), url.size());
    const auto at = url.substr(begin, end - begin).rfind('@');
    return {at == std::string_view::npos ? begin : begin + at + 1, end};
}

/// Fails where several hosts have several ports: a worker may reach one.
Status read_hosts(Settings& out, std::string_view hosts) {
    while (!hosts.empty()) {
        auto host = std::string{hosts.substr(0, hosts.find(','))};
        hosts.remove_prefix(std::min(hosts.size(), host.size() + 1));
        const auto bracket = host.rfind(']');
        const bool has_port = host.find(':', bracket == std::string::npos ? 0 : bracket) != std::string::npos;
        if (!has_port) host += ":" + std::to_string(k_port);
        if (!host.ends_with(":" + std::to_string(out.port)))
            return out.error(Errc::invalid_config, "url", "the hosts of \"url\" have different ports");
        out.hosts.push_back(std::move(host));
    }
    return {};
}

std::string one_host(const Settings& settings) {
    if (settings.local()) return escaped(settings.host);
    const bool is_v6 = settings.host.find(':') != std::string::npos;
    return (is_v6 ? "[" + settings.host + "]" : settings.host) + ":" + std::to_string(settings.port);
}

Status text_key(const ordered_json& keys, const char* name, Settings& settings, std::string& out) {
    const auto found = keys.find(name);
    if (found == keys.end() || found->is_null()) return {};
    if (!found->is_string()) return settings.error(Errc::invalid_config, name, std::string{"\""} + name + "\" is a text");
    out = found->get<std::string>();
    return {};
}

Status check_tls(const ordered_json& keys, const std::string& url, Settings& settings) {
    const bool asked = option_of(url, "tls") == "true" || option_of(url, "ssl") == "true" ||
        (keys.contains("tls") && keys["tls"] == true);
    if (settings.tls == server::Tls::prefer) settings.tls = asked ? server::Tls::verify_full : server::Tls::disable;
    if (!settings.key.empty() && settings.key != settings.certificate)
        return settings.error(Errc::invalid_config, "ssl/key", "MongoDB's client takes certificate and key from one file: "
                              "append the key to that of \"cert\" and leave \"key\" out");
    return {};
}

Status check_generated_ids(const ordered_json& keys, const Settings& settings) {
    const auto found = keys.find("generatedIds");
    if (found == keys.end() || *found == "objectid" || *found == "counted") return {};
    return settings.error(Errc::invalid_config, "generatedIds", "\"generatedIds\" is \"objectid\" or \"counted\"");
}

}  // namespace

Datasource with_first_host(const Datasource& datasource) {
    const auto* url = datasource.settings && datasource.settings->contains("url")
        ? (*datasource.settings)["url"].get_ptr<const ordered_json::string_t*>() : nullptr;
    if (!url) return datasource;
    const auto [begin, end] = hosts_in(*url);
    auto settings = *datasource.settings;
    settings["url"] = url->substr(0, std::min(url->find(',', begin), end)) + url->substr(end);
    return {datasource.name, datasource.connector, std::make_shared<const ordered_json>(std::move(settings))};
}

std::string Settings::url() const {
    std::string out = "mongodb://";
    if (!user.empty()) out += escaped(user) + ":" + escaped(password) + "@";
    for (std::size_t i = 0; i < hosts.size(); ++i) out.append(i > 0 ? "," : "").append(hosts[i]);
    const auto ms = [](std::chrono::milliseconds time) { return std::to_string(time.count()); };
    // The server stops a statement at its deadline; the socket's is for a server that no longer does anything.
    out += "/" + escaped(database) + "?appname=mtg&retryWrites=false&retryReads=false&connectTimeoutMS=" + ms(connect_timeout) +
        "&serverSelectionTimeoutMS=" + ms(connect_timeout) + "&socketTimeoutMS=" + ms(statement_timeout * 5 / 4);
    if (!user.empty() && !auth_source.empty()) out += "&authSource=" + escaped(auth_source);
    if (!replica_set.empty()) out += "&replicaSet=" + escaped(replica_set);
    if (tls != server::Tls::disable) out += "&tls=true";
    return out;
}

std::string Settings::place() const {
    if (local()) return "MongoDB's socket " + host;
    return "MongoDB at " + host + ":" + std::to_string(port) + (hosts.size() > 1 ? " and others" : "");
}

Result<Settings> read_settings(const std::filesystem::path& folder, const Datasource& datasource) {
    const ordered_json none = ordered_json::object();
    const auto& keys = datasource.settings ? *datasource.settings : none;
    Settings settings;
    settings.datasource = datasource.name;
    std::string url;
    MT_CHECK(text_key(keys, "url", settings, url));
    if (url.starts_with("mongodb+srv:"))
        return settings.error(Errc::invalid_config, "url", "mongodb+srv:// is not supported")
            .hint("name the hosts: mongodb://user:password@host:27017/database?tls=true");
    MT_TRY(static_cast<server::Settings&>(settings),
           server::read_settings(folder, with_first_host(datasource), "mongodb", k_port));
    settings.auth_source = option_of(url, "authSource");
    settings.replica_set = option_of(url, "replicaSet");
    MT_CHECK(text_key(keys, "authSource", settings, settings.auth_source));
    MT_CHECK(text_key(keys, "replicaSet", settings, settings.replica_set));
    MT_CHECK(check_tls(keys, url, settings));
    MT_CHECK(check_generated_ids(keys, settings));
    const bool overruled = keys.contains("host") || keys.contains("hostname") || keys.contains("socketPath");
    const auto [begin, end] = hosts_in(url);
    if (!overruled && url.find(',', begin) < end) MT_CHECK(read_hosts(settings, url.substr(begin, end - begin)));
    else settings.hosts.push_back(one_host(settings));
    return settings;
}

}  // namespace mt::app::mongodb
