#include "tenant-app/config.hpp"

#include <algorithm>

#include "tenant-app/config_reading.hpp"

namespace mt::app {

namespace {

Status read_parser(ConfigSource& source, const std::string& pointer, const ordered_json& options, std::size_t& limit,
                   rest::Settings* json, rest::Settings* form) {
    if (!options.is_object()) return source.error(pointer, "must be an object");
    source.warn_of_unknown(pointer, options, {"limit", "strict", "extended", "parameterLimit"});
    if (const auto* value = find_member(options, "limit")) {
        const auto text = value->is_string() ? value->get<std::string>() : value->dump();
        auto bytes = parse_bytes(text);
        if (!bytes.ok()) return source.error(pointer + "/limit", bytes.error().message());
        limit = *bytes;
    }
    if (const auto* value = find_member(options, "strict"); json && value) {
        if (!value->is_boolean()) return source.error(pointer + "/strict", "must be true or false");
        json->json_strict = value->get<bool>();
    }
    if (const auto* value = find_member(options, "parameterLimit"); form && value) {
        if (!value->is_number_unsigned() || *value > 100'000)
            return source.error(pointer + "/parameterLimit", "must be a number up to 100000");
        form->form_parameters = value->get<std::size_t>();
    }
    if (const auto* value = find_member(options, "extended"); form && value && *value == false)
        source.warn(pointer + "/extended", "forms are always read with nested values, as extended: true does");
    return {};
}

/// remoting.rest and remoting.errorHandler.
Status read_wording(ConfigSource& source, const ordered_json& remoting, rest::AnswerPolicy& policy) {
    if (const auto* rest = find_member(remoting, "rest")) {
        if (!rest->is_object()) return source.error("/remoting/rest", "must be an object");
        // handleErrors names who words errors, strong-remoting or the application; both do it with strong-error-handler.
        source.warn_of_unknown("/remoting/rest", *rest, {
                "handleErrors", "normalizeHttpPath", "xml", "supportedTypes", "handleUnknownPaths"});
        if (const auto* xml = find_member(*rest, "xml")) policy.xml = *xml == true;
        if (const auto* normal = find_member(*rest, "normalizeHttpPath"); normal && *normal == true)
            source.warn("/remoting/rest/normalizeHttpPath", "paths are served as the models name them");
        if (find_member(*rest, "supportedTypes"))
            source.warn("/remoting/rest/supportedTypes", "not supported: JSON, JSONP and, with xml, XML");
    }
    if (const auto* handler = find_member(remoting, "errorHandler"); handler && handler->is_object()) {
        source.warn_of_unknown("/remoting/errorHandler", *handler, {"debug", "log", "disableStackTrace", "handler"});
        if (const auto* debug = find_member(*handler, "debug")) policy.debug = *debug == true;
        if (find_member(*handler, "handler")) source.warn("/remoting/errorHandler/handler", "code, not run");
    }
    return {};
}

Status read_config(ConfigSource& source, rest::Settings& settings) {
    const auto& root = source.root();
    source.warn_of_unknown("", root, {
            "restApiRoot", "host", "port", "url", "remoting", "legacyExplorer", "cookieSecret",
            "logoutSessionsOnSensitiveChanges", "aclErrorStatus", "name", "version", "env", "$schema"});
    if (root.contains("restApiRoot")) { MT_TRY(settings.api_root, read_mount(source, "/restApiRoot", root["restApiRoot"])); }
    if (const auto* status = find_member(root, "aclErrorStatus")) {
        if (*status != 401 && *status != 403 && *status != 404)
            return source.error("/aclErrorStatus", "must be 401, 403 or 404");
        settings.acl_error_status = status->get<int>();
    }
    if (!root.contains("remoting")) return {};
    const auto& remoting = root["remoting"];
    if (!remoting.is_object()) return source.error("/remoting", "must be an object");
    source.warn_of_unknown("/remoting", remoting, {
            "context", "rest", "json", "urlencoded", "cors", "errorHandler", "types", "authorization",
            "sharedMethods"});
    if (const auto* json = find_member(remoting, "json"))
        MT_CHECK(read_parser(source, "/remoting/json", *json, settings.json_bytes, &settings, nullptr));
    if (const auto* form = find_member(remoting, "urlencoded"))
        MT_CHECK(read_parser(source, "/remoting/urlencoded", *form, settings.form_bytes, nullptr, &settings));
    // LoopBack 2's place for CORS; LoopBack 3's template says false and leaves it to middleware.json, which has the last word.
    if (const auto* cors = find_member(remoting, "cors"); cors && *cors != false) {
        settings.cors = rest::Cors{};
        settings.cors.configured = true;
        settings.cors.max_age.clear();
        if (cors->is_object()) MT_CHECK(read_cors_options(source, "/remoting/cors", *cors, settings.cors));
    }
    return read_wording(source, remoting, settings.policy);
}

Status read_components(ConfigSource& source, rest::Settings& settings) {
    for (const auto& member : source.root().items()) {
        const auto pointer = "/" + pointer_escape(member.key());
        const auto& value = member.value();
        if (member.key() == "$schema") continue;
        if (value.is_null() || value == false) continue;
        if (member.key() != "loopback-component-explorer") {
            source.warn(pointer, "a component of code, not run: only loopback-component-explorer is built in");
            continue;
        }
        if (value.is_boolean()) {
            settings.explorer = "/explorer";
            continue;
        }
        if (!value.is_object()) return source.error(pointer, "must be an object");
        if (value.contains("enabled") && value["enabled"] == false) continue;
        source.warn_of_unknown(pointer, value, {
                "mountPath", "enabled", "generateOperationScopedModels", "uiDirs", "apiInfo", "auth", "basePath",
                "protocol", "omitProtocolInBaseUrl"});
        settings.explorer = "/explorer";
        if (value.contains("mountPath")) { MT_TRY(settings.explorer, read_mount(source, pointer + "/mountPath", value["mountPath"])); }
        if (settings.explorer.empty())
            return source.error(pointer + "/mountPath", "the explorer cannot be at /, where the tenant's status is");
        if (const auto* info = find_member(value, "apiInfo")) {
            if (const auto* title = find_member(*info, "title"); title && title->is_string()) settings.title = title->get<std::string>();
            if (const auto* version = find_member(*info, "version"); version && version->is_string())
                settings.version = version->get<std::string>();
        }
        for (const char* key : {"uiDirs", "auth", "basePath", "protocol", "omitProtocolInBaseUrl"})
            if (value.contains(key)) source.warn(pointer + "/" + key, "not supported, ignored");
    }
    return {};
}

using Read = Status (*)(ConfigSource& source, rest::Settings& settings);

/// Nothing happens if the file is missing.
Status read_source(const std::filesystem::path& folder, const char* stem, Read read, rest::Settings& settings,
                         std::vector<std::string>& warnings) {
    MT_TRY(auto file, read_layers(folder, stem, warnings));
    if (!file) return {};
    ConfigSource source{*std::move(file), warnings};
    return read(source, settings);
}

}  // namespace

Result<std::string> read_mount(const ConfigSource& source, const std::string& pointer, const ordered_json& value) {
    if (!value.is_string()) return source.error(pointer, "must be a path such as \"/api\"");
    std::string path = value.get<std::string>();
    while (path.ends_with('/')) path.pop_back();
    if (!path.empty() && path[0] != '/') path.insert(0, "/");
    for (const char c : path)
        if (static_cast<unsigned char>(c) <= ' ' || c == '?' || c == '#' || c == '"' || c == 0x7f)
            return source.error(pointer, "must be a path of plain characters, such as \"/api\"");
    if (path.find("//") != std::string::npos) return source.error(pointer, "must not hold an empty segment");
    return path;
}

const ordered_json* find_member(const ordered_json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= ' ' && c < 0x7f; });
}

Result<std::size_t> parse_bytes(std::string_view text) {
    std::size_t digits = 0;
    double number = 0, scale = 1;
    bool point = false;
    for (; digits < text.size() && digits < 15; ++digits) {
        const char c = text[digits];
        if (c == '.' && !point) point = true;
        else if (c >= '0' && c <= '9') number = number * 10 + (c - '0'), scale *= point ? 10 : 1;
        else break;
    }
    std::string unit{text.substr(digits)};
    for (char& c : unit)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    number /= scale;
    double factor = 0;
    if (unit.empty() || unit == "b") factor = 1;
    else if (unit == "kb") factor = 1 << 10;
    else if (unit == "mb") factor = 1 << 20;
    constexpr double largest = 1 << 30;
    if (digits == 0 || factor == 0 || number * factor > largest)
        return Error{Errc::invalid_config, "must be a size such as \"100kb\" or \"1mb\", 1 GiB at most"};
    return static_cast<std::size_t>(number * factor);
}

Result<rest::Settings> load_settings(const std::filesystem::path& folder, std::vector<std::string>& warnings) {
    rest::Settings settings;
    settings.folder = folder;
    MT_CHECK(read_source(folder, "config", read_config, settings, warnings));
    MT_CHECK(read_source(folder, "component-config", read_components, settings, warnings));
    MT_CHECK(read_source(folder, "middleware", read_middleware, settings, warnings));
    return settings;
}

}  // namespace mt::app
