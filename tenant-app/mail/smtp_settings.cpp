#include "tenant-app/mail/smtp_settings.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mt::app {

namespace {

using Warnings = std::vector<std::pair<std::string, std::string>>;

Error refused(const std::string& pointer, std::string message) {
    return Error{Errc::invalid_config, std::move(message)}.in_file({}, 0, pointer);
}

/// Text that may stand in a line of the protocol or in a URL's host.
bool is_plain(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c > ' ' && c < 0x7f && c != '/' && c != '@' && c != '?' && c != '#';
    });
}

Status read_text(const ordered_json& object, const char* key, const std::string& pointer, std::string& into) {
    const auto found = object.find(key);
    if (found == object.end()) return {};
    if (!found->is_string()) return refused(pointer + "/" + key, "must be a text");
    into = found->get<std::string>();
    return {};
}

Status read_flag(const ordered_json& object, const char* key, const std::string& pointer, bool& into) {
    const auto found = object.find(key);
    if (found == object.end()) return {};
    if (!found->is_boolean()) return refused(pointer + "/" + key, "must be true or false");
    into = found->get<bool>();
    return {};
}

void warn_of_unknown(const ordered_json& object, const std::string& pointer,
                     std::initializer_list<std::string_view> known, Warnings& warnings) {
    for (const auto& member : object.items())
        if (std::find(known.begin(), known.end(), std::string_view{member.key()}) == known.end())
            warnings.emplace_back(pointer + "/" + pointer_escape(member.key()), "not supported, ignored");
}

Status read_port(const ordered_json& transport, const std::string& pointer, SmtpSettings& settings) {
    settings.port = settings.secure ? 465 : 587;
    const auto found = transport.find("port");
    if (found == transport.end()) return {};
    std::size_t port = 0;
    if (found->is_number_unsigned()) port = found->get<std::size_t>();
    else if (found->is_string())  // from ${SMTP_PORT}
        for (const char c : found->get_ref<const std::string&>())
            port = c >= '0' && c <= '9' && port < 100'000 ? port * 10 + static_cast<std::size_t>(c - '0') : 100'000;
    if (port == 0 || port > 65'535) return refused(pointer + "/port", "must be a port from 1 to 65535");
    settings.port = static_cast<unsigned>(port);
    return {};
}

Result<SmtpSettings> read_transport(const ordered_json& transport, const std::string& pointer, Warnings& warnings) {
    SmtpSettings settings;
    MT_CHECK(read_text(transport, "host", pointer, settings.host));
    MT_CHECK(read_text(transport, "name", pointer, settings.name));
    if (settings.host.empty() || !is_plain(settings.host))
        return refused(pointer + "/host", "must be the name of a host");
    if (!is_plain(settings.name)) return refused(pointer + "/name", "must be the name of a host");
    MT_CHECK(read_flag(transport, "secure", pointer, settings.secure));
    MT_CHECK(read_flag(transport, "requireTLS", pointer, settings.require_tls));
    MT_CHECK(read_flag(transport, "ignoreTLS", pointer, settings.ignore_tls));
    MT_CHECK(read_port(transport, pointer, settings));
    if (const auto tls = transport.find("tls"); tls != transport.end() && tls->is_object()) {
        MT_CHECK(read_flag(*tls, "rejectUnauthorized", pointer + "/tls", settings.verify));
        warn_of_unknown(*tls, pointer + "/tls", {"rejectUnauthorized"}, warnings);
    }
    if (const auto auth = transport.find("auth"); auth != transport.end() && auth->is_object()) {
        MT_CHECK(read_text(*auth, "user", pointer + "/auth", settings.user));
        MT_CHECK(read_text(*auth, "pass", pointer + "/auth", settings.password));
        warn_of_unknown(*auth, pointer + "/auth", {"user", "pass"}, warnings);
    }
    warn_of_unknown(transport, pointer,
                    {"type", "host", "port", "secure", "requireTLS", "ignoreTLS", "name", "tls", "auth"}, warnings);
    return settings;
}

bool is_smtp(const ordered_json& transport) {
    if (!transport.is_object()) return false;
    const auto type = transport.find("type");
    if (type == transport.end() || !type->is_string()) return false;
    const auto& text = type->get_ref<const std::string&>();
    return text == "smtp" || text == "SMTP";
}

}  // namespace

Result<std::optional<SmtpSettings>> read_smtp(const ordered_json& datasource, Warnings& warnings) {
    std::optional<SmtpSettings> out;
    const auto take = [&](const ordered_json& transport, const std::string& pointer) -> Status {
        if (out || !is_smtp(transport)) {
            warnings.emplace_back(pointer, "ignored: mail goes by the first transport whose \"type\" is \"smtp\"");
            return {};
        }
        MT_TRY(out, read_transport(transport, pointer, warnings));
        return {};
    };
    if (const auto list = datasource.find("transports"); list != datasource.end()) {
        if (!list->is_array()) return refused("/transports", "must be a list of transports");
        for (std::size_t i = 0; i < list->size(); ++i) MT_CHECK(take((*list)[i], "/transports/" + std::to_string(i)));
    }
    if (const auto one = datasource.find("transport"); one != datasource.end()) MT_CHECK(take(*one, "/transport"));
    return out;
}

}  // namespace mt::app
