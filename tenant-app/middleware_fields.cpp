#include "tenant-app/config_reading.hpp"

// The middlewares that only add fields to answers: cors and helmet (version 3, the one of LoopBack 3's days).
namespace mt::app {

namespace {

/// "a, b" or ["a", "b"] as one field value joined by commas.
Result<std::string> read_list(const ConfigSource& source, const std::string& pointer, const ordered_json& value) {
    std::string out;
    const auto list = value.is_array() ? value : ordered_json::array({value});
    for (const auto& one : list) {
        if (!one.is_string() || !is_field_value(one.get<std::string>()))
            return source.error(pointer, "must be a text or a list of texts");
        out.append(out.empty() ? "" : ",").append(one.get<std::string>());
    }
    return out;
}

Status read_origin(ConfigSource& source, const std::string& pointer, const ordered_json& origin, rest::Cors& cors) {
    cors.reflect = origin == true;
    cors.fixed = false;
    cors.origins.clear();
    if (origin.is_boolean()) {
        cors.on = origin.get<bool>();
        return {};
    }
    cors.fixed = origin.is_string();
    const auto list = origin.is_array() ? origin : ordered_json::array({origin});
    for (const auto& one : list) {
        if (one == true) cors.reflect = true;
        else if (!one.is_string() || !is_field_value(one.get<std::string>()))
            return source.error(pointer, "must be true, an origin or a list of origins");
        else cors.origins.push_back(one.get<std::string>());
    }
    return {};
}

std::string seconds_of(const ordered_json& params, unsigned long otherwise) {
    const auto* age = find_member(params, "maxAge");
    return std::to_string(age && age->is_number_unsigned() ? age->get<unsigned long>() : otherwise);
}

std::string frame_options(const ordered_json& params) {
    const auto* action = params.is_object() ? find_member(params, "action") : params.is_array() && !params.empty() ? &params[0] : &params;
    const auto* given = action && action->is_object() ? find_member(*action, "action") : action;
    std::string text = given && given->is_string() ? given->get<std::string>() : "sameorigin";
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text == "DENY" ? "X-Frame-Options: DENY\r\n" : "X-Frame-Options: SAMEORIGIN\r\n";
}

std::string transport_security(const ordered_json& params) {
    constexpr unsigned long days_180 = 180ul * 24 * 3600;
    std::string line = "Strict-Transport-Security: max-age=" + seconds_of(params, days_180);
    bool subdomains = true;
    for (const char* key : {"includeSubDomains", "includeSubdomains"})
        if (const auto* set = find_member(params, key)) subdomains = *set != false;
    if (subdomains) line += "; includeSubDomains";
    if (const auto* preload = find_member(params, "preload"); preload && *preload == true) line += "; preload";
    return line + "\r\n";
}

/// {"directives": {"defaultSrc": ["'self'"], "upgradeInsecureRequests": true}}.
std::string content_policy(const ordered_json& params) {
    const auto* directives = find_member(params, "directives");
    if (!directives || !directives->is_object()) return {};
    std::string line;
    for (const auto& [name, value] : directives->items()) {
        if (value == false) continue;
        std::string words;
        for (const char c : name)
            if (c >= 'A' && c <= 'Z') words.append("-").append(1, static_cast<char>(c - 'A' + 'a'));
            else words += c;
        const auto list = value.is_array() ? value : ordered_json::array({value});
        for (const auto& one : list)
            if (one.is_string()) words.append(" ").append(one.get<std::string>());
        if (is_field_value(words)) line.append(line.empty() ? "" : "; ").append(words);
    }
    const auto* report_only = find_member(params, "reportOnly");
    const bool only = report_only && *report_only == true;
    return line.empty() ? "" : (only ? "Content-Security-Policy-Report-Only: " : "Content-Security-Policy: ") + line + "\r\n";
}

constexpr std::string_view k_no_cache =
    "Surrogate-Control: no-store\r\nCache-Control: no-store, no-cache, must-revalidate, proxy-revalidate\r\nPragma: no-cache\r\nExpires: 0\r\n";

/// helmet's parts by name; nothing for an unknown one.
std::optional<std::string> part_fields(std::string_view part, const ordered_json& params) {
    if (part == "dnsPrefetchControl") {
        const auto* allow = find_member(params, "allow");
        return allow && *allow == true ? "X-DNS-Prefetch-Control: on\r\n" : "X-DNS-Prefetch-Control: off\r\n";
    }
    if (part == "frameguard") return frame_options(params);
    if (part == "hidePoweredBy") return "";  // nothing here says what it is powered by
    if (part == "hsts") return transport_security(params);
    if (part == "ieNoOpen") return "X-Download-Options: noopen\r\n";
    if (part == "noSniff") return "X-Content-Type-Options: nosniff\r\n";
    if (part == "xssFilter") return "X-XSS-Protection: 1; mode=block\r\n";
    if (part == "noCache") return std::string{k_no_cache};
    if (part == "contentSecurityPolicy") return content_policy(params);
    if (part == "referrerPolicy") {
        const auto* policy = find_member(params, "policy");
        const auto text = policy && policy->is_string() ? policy->get<std::string>() : "no-referrer";
        return is_field_value(text) ? "Referrer-Policy: " + text + "\r\n" : std::string{};
    }
    return std::nullopt;
}

}  // namespace

Status read_cors_options(ConfigSource& source, const std::string& pointer, const ordered_json& params, rest::Cors& cors) {
    if (params.is_array() && !params.empty()) return read_cors_options(source, pointer + "/0", params[0], cors);
    if (!params.is_object()) return source.error(pointer, "must be an object");
    source.warn_of_unknown(pointer, params, {
            "origin", "credentials", "maxAge", "methods", "allowedHeaders", "headers", "exposedHeaders",
            "optionsSuccessStatus", "preflightContinue"});
    if (const auto* origin = find_member(params, "origin")) MT_CHECK(read_origin(source, pointer + "/origin", *origin, cors));
    if (const auto* credentials = find_member(params, "credentials")) cors.credentials = *credentials == true;
    if (const auto* age = find_member(params, "maxAge")) {
        if (!age->is_number_integer() && !age->is_string()) return source.error(pointer + "/maxAge", "must be a number of seconds");
        cors.max_age = age->is_string() ? age->get<std::string>() : age->dump();
        if (!is_field_value(cors.max_age)) return source.error(pointer + "/maxAge", "must be a number of seconds");
    }
    if (const auto* methods = find_member(params, "methods")) { MT_TRY(cors.methods, read_list(source, pointer + "/methods", *methods)); }
    for (const char* key : {"headers", "allowedHeaders"})
        if (const auto* headers = find_member(params, key)) {
            MT_TRY(cors.allowed_headers, read_list(source, pointer + "/" + key, *headers));
        }
    if (const auto* headers = find_member(params, "exposedHeaders")) {
        MT_TRY(cors.exposed_headers, read_list(source, pointer + "/exposedHeaders", *headers));
    }
    if (const auto* status = find_member(params, "optionsSuccessStatus")) {
        if (!status->is_number_unsigned() || *status < 200 || *status > 299)
            return source.error(pointer + "/optionsSuccessStatus", "must be a status from 200 to 299");
        cors.options_status = status->get<unsigned>();
    }
    if (const auto* go_on = find_member(params, "preflightContinue"); go_on && *go_on == true)
        source.warn(pointer + "/preflightContinue", "OPTIONS is always answered here");
    return {};
}

std::string helmet_fields(ConfigSource& source, const std::string& pointer, std::string_view name, const ordered_json& params) {
    if (name != "helmet") {
        const bool wrapped = params.is_array() && params.size() == 1 && params[0].is_object();
        auto fields = part_fields(name.substr(std::string_view{"helmet#"}.size()), wrapped ? params[0] : params);
        if (fields) return *std::move(fields);
        source.warn(pointer, "not supported, ignored");
        return {};
    }
    // helmet() itself: its default set, parts switched off by false, others on by true or their options.
    std::string out;
    constexpr std::array<std::string_view, 7> defaults{"dnsPrefetchControl", "frameguard", "hidePoweredBy", "hsts", "ieNoOpen",
        "noSniff", "xssFilter"};
    for (const auto part : defaults) {
        const auto* options = find_member(params, std::string{part}.c_str());
        if (options && *options == false) continue;
        out += part_fields(part, options ? *options : ordered_json::object()).value_or("");
    }
    if (!params.is_object()) return out;
    for (const auto& [part, options] : params.items()) {
        bool is_default = false;
        for (const auto known : defaults) is_default = is_default || known == part;
        if (is_default || options == false) continue;
        if (auto fields = part_fields(part, options)) out += *fields;
        else source.warn(pointer + "/params/" + pointer_escape(part), "not supported, ignored");
    }
    return out;
}

}  // namespace mt::app
