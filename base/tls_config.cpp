#include "base/tls_config.hpp"

#include <nlohmann/json.hpp>

namespace mt {

namespace {

ConfigRead read_path(const std::filesystem::path& folder, std::filesystem::path& target) {
    return [&](const ordered_json& value, const ConfigPlace& at) -> Status {
        std::string text;
        MT_CHECK(read_into(text)(value, at));
        if (text.empty()) return at.error("must name a file");
        target = folder / text;
        return {};
    };
}

/// "api.example.org" or "*.example.org".
bool is_host(std::string_view name) {
    if (name.starts_with("*.")) name.remove_prefix(2);
    constexpr std::string_view k_allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    return !name.empty() && name.size() < 254 && name.find_first_not_of(k_allowed) == std::string_view::npos;
}

Status read_certificates(const ordered_json& value, const ConfigPlace& at, const std::filesystem::path& folder,
                         std::vector<CertificateFiles>& target) {
    if (!value.is_array() || value.empty()) return at.error("must be an array of at least one {\"cert\", \"key\"}");
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto place = at.member(std::to_string(i));
        CertificateFiles files;
        const std::vector<ConfigKey> keys{
            {"cert", read_path(folder, files.certificate)},
            {"key", read_path(folder, files.key)},
            {"hosts", read_into(files.hosts)},
        };
        MT_CHECK(read_object(value[i], place, keys));
        if (files.certificate.empty()) return place.error("lacks \"cert\", the file with the certificate and its chain");
        if (files.key.empty()) return place.error("lacks \"key\", the file with the private key");
        for (const auto& host : files.hosts)
            if (!is_host(host)) return place.member("hosts").error("\"" + host + "\" is not a host name such as api.example.org or *.example.org");
        target.push_back(std::move(files));
    }
    return {};
}

Status read_redirect(const ordered_json& value, const ConfigPlace& at, TlsConfig& tls) {
    if (value.is_boolean()) {
        return read_into(tls.redirect)(value, at);
    }
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 || value.get<std::uint64_t>() > 65535)
        return at.error("must be true, false, or the port that clients reach TLS at");
    tls.redirect = true;
    tls.redirect_port = value.get<unsigned short>();
    return {};
}

}  // namespace

Status read_tls(const ordered_json& value, const ConfigPlace& at, const std::filesystem::path& folder, TlsConfig& tls) {
    std::string client_auth, min_version;
    const std::vector<ConfigKey> keys{
        {"listen", [&](const ordered_json& member, const ConfigPlace& place) { return read_listen(member, place, tls.listen); }},
        {"certificates", [&](const ordered_json& member, const ConfigPlace& place) {
             return read_certificates(member, place, folder, tls.certificates);
         }},
        {"client_ca", read_path(folder, tls.client_ca)},
        {"client_auth", read_word(client_auth, {"none", "optional", "required"})},
        {"redirect", [&](const ordered_json& member, const ConfigPlace& place) { return read_redirect(member, place, tls); }},
        {"min_version", read_word(min_version, {"1.2", "1.3"})},
    };
    MT_CHECK(read_object(value, at, keys));
    if (tls.listen.empty()) return at.error("lacks \"listen\", the addresses where TLS is spoken");
    if (tls.certificates.empty()) return at.error("lacks \"certificates\"");
    tls.tls13_only = min_version == "1.3";
    if (client_auth == "optional") tls.client_auth = TlsConfig::ClientAuth::optional;
    if (client_auth == "required") tls.client_auth = TlsConfig::ClientAuth::required;
    const bool asks = tls.client_auth != TlsConfig::ClientAuth::none;
    if (asks && tls.client_ca.empty())
        return at.member("client_auth").error("needs \"client_ca\", the certificates that clients' certificates are signed by");
    if (!asks && !tls.client_ca.empty())
        return at.member("client_ca").error("has no effect without \"client_auth\"").hint("add \"client_auth\": \"required\", or remove it");
    return {};
}

}  // namespace mt
