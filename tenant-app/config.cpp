#include "tenant-app/config.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_file.hpp"

namespace mt::app {

namespace {

/// One configuration file with what reading it needs.
struct Source {
    JsonFile file;
    ordered_json root;
    std::vector<std::string>& warnings;

    Error error(const std::string& pointer, std::string message) const { return file.error_at(pointer, std::move(message)); }
    void warn(const std::string& pointer, const std::string& message) {
        warnings.push_back(file.display + ":" + std::to_string(line_of(file.text, pointer)) + " " + pointer + ": " + message);
    }
    /// Warns of every member of the object at `pointer` that is not among `known`.
    template <std::size_t N>
    void warn_of_unknown(const std::string& pointer, const ordered_json& object, const std::array<std::string_view, N>& known) {
        for (const auto& member : object.items())
            if (std::find(known.begin(), known.end(), member.key()) == known.end())
                warn(pointer + "/" + pointer_escape(member.key()), "unknown key, ignored");
    }
};

/// Nothing if the file is missing.
Result<std::optional<Source>> open_source(const std::filesystem::path& folder, const char* name, std::vector<std::string>& warnings) {
    auto file = read_json_file(folder / name, name);
    if (!file.ok()) {
        if (file.error().code() == Errc::not_found) return std::optional<Source>{};
        return std::move(file).error();
    }
    MT_TRY(auto root, parse_config(*file));
    if (!root.is_object()) return file->error_at("", "must be an object");
    return std::optional<Source>{Source{*std::move(file), std::move(root), warnings}};
}

/// "/api" of "api", "/api/" and "/api"; empty for "/".
Result<std::string> read_path(const Source& source, const std::string& pointer, const ordered_json& value) {
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

Status read_parser(Source& source, const std::string& pointer, const ordered_json& options, std::size_t& limit, bool* strict) {
    if (!options.is_object()) return source.error(pointer, "must be an object");
    source.warn_of_unknown(pointer, options, std::array<std::string_view, 4>{"limit", "strict", "extended", "parameterLimit"});
    if (options.contains("limit")) {
        const auto& value = options["limit"];
        const auto text = value.is_string() ? value.get<std::string>() : value.dump();
        auto bytes = parse_bytes(text);
        if (!bytes.ok()) return source.error(pointer + "/limit", bytes.error().message());
        limit = *bytes;
    }
    if (strict && options.contains("strict")) {
        if (!options["strict"].is_boolean()) return source.error(pointer + "/strict", "must be true or false");
        *strict = options["strict"].get<bool>();
    }
    return {};
}

Status read_config(Source& source, rest::Settings& settings) {
    const auto& root = source.root;
    source.warn_of_unknown("", root,
                           std::array<std::string_view, 11>{"restApiRoot", "host", "port", "url", "remoting", "legacyExplorer", "cookieSecret",
                                                            "logoutSessionsOnSensitiveChanges", "aclErrorStatus", "name", "version"});
    if (root.contains("restApiRoot")) { MT_TRY(settings.api_root, read_path(source, "/restApiRoot", root["restApiRoot"])); }
    if (!root.contains("remoting")) return {};
    const auto& remoting = root["remoting"];
    if (!remoting.is_object()) return source.error("/remoting", "must be an object");
    source.warn_of_unknown("/remoting", remoting,
                           std::array<std::string_view, 8>{"context", "rest", "json", "urlencoded", "cors", "errorHandler", "types", "authorization"});
    if (remoting.contains("json")) MT_CHECK(read_parser(source, "/remoting/json", remoting["json"], settings.json_bytes, &settings.json_strict));
    if (remoting.contains("urlencoded"))
        MT_CHECK(read_parser(source, "/remoting/urlencoded", remoting["urlencoded"], settings.form_bytes, nullptr));
    if (remoting.contains("rest") && remoting["rest"].is_object() && remoting["rest"].value("xml", false))
        source.warn("/remoting/rest/xml", "answers in XML are not supported");
    return {};
}

Status read_components(Source& source, rest::Settings& settings) {
    for (const auto& member : source.root.items()) {
        const auto pointer = "/" + pointer_escape(member.key());
        const auto& value = member.value();
        if (member.key() != "loopback-component-explorer") {
            source.warn(pointer, "a component of code, not run: only loopback-component-explorer is built in");
            continue;
        }
        if (value.is_null() || value == false) continue;
        if (!value.is_object()) return source.error(pointer, "must be an object");
        if (value.contains("enabled") && value["enabled"] == false) continue;
        settings.explorer = "/explorer";
        if (value.contains("mountPath")) { MT_TRY(settings.explorer, read_path(source, pointer + "/mountPath", value["mountPath"])); }
        if (settings.explorer.empty()) return source.error(pointer + "/mountPath", "the explorer cannot be at /, where the tenant's status is");
    }
    return {};
}

bool is_field_value(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= ' ' && c < 0x7f; });
}

Status read_origin(Source& source, const std::string& pointer, const ordered_json& origin, rest::Cors& cors) {
    cors.reflect = origin == true;
    if (origin.is_boolean()) {
        cors.on = origin.get<bool>();
        return {};
    }
    const auto list = origin.is_array() ? origin : ordered_json::array({origin});
    for (const auto& one : list) {
        if (!one.is_string() || !is_field_value(one.get<std::string>())) return source.error(pointer, "must be true, an origin or a list of origins");
        cors.origins.push_back(one.get<std::string>());
    }
    return {};
}

Status read_cors(Source& source, const std::string& pointer, const ordered_json& value, rest::Cors& cors) {
    cors.on = !(value.is_object() && value.contains("enabled") && value["enabled"] == false);
    if (!value.is_object() || !value.contains("params")) return {};
    const auto& params = value["params"];
    const auto at = pointer + "/params";
    if (!params.is_object()) return source.error(at, "must be an object");
    source.warn_of_unknown(at, params, std::array<std::string_view, 4>{"origin", "credentials", "maxAge", "methods"});
    cors.credentials = params.contains("credentials") && params["credentials"] == true;
    cors.max_age = params.contains("maxAge") && params["maxAge"].is_number_integer() ? params["maxAge"].dump() : "";
    if (params.contains("methods")) {
        if (!params["methods"].is_string() || !is_field_value(params["methods"].get<std::string>()))
            return source.error(at + "/methods", "must be a list of methods such as \"GET,POST\"");
        cors.methods = params["methods"].get<std::string>();
    }
    if (params.contains("origin") && cors.on) return read_origin(source, at + "/origin", params["origin"], cors);
    return {};
}

Status read_middleware(Source& source, rest::Settings& settings) {
    // What LoopBack's template names and we either do ourselves or need not do.
    constexpr std::array<std::string_view, 8> built_in{"loopback#favicon", "compression", "loopback#rest", "loopback#urlNotFound",
                                                       "strong-error-handler", "loopback#token", "loopback#status", "loopback#errorHandler"};
    settings.cors.on = false;
    for (const auto& phase : source.root.items()) {
        const auto phase_pointer = "/" + pointer_escape(phase.key());
        if (!phase.value().is_object()) return source.error(phase_pointer, "must be an object");
        for (const auto& entry : phase.value().items()) {
            const auto pointer = phase_pointer + "/" + pointer_escape(entry.key());
            if (entry.key() == "cors") MT_CHECK(read_cors(source, pointer, entry.value(), settings.cors));
            else if (std::find(built_in.begin(), built_in.end(), entry.key()) == built_in.end())
                source.warn(pointer, "a middleware of code, not run");
        }
    }
    return {};
}

}  // namespace

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
    MT_TRY(auto config, open_source(folder, "config.json", warnings));
    if (config) MT_CHECK(read_config(*config, settings));
    MT_TRY(auto components, open_source(folder, "component-config.json", warnings));
    if (components) MT_CHECK(read_components(*components, settings));
    MT_TRY(auto middleware, open_source(folder, "middleware.json", warnings));
    if (middleware) MT_CHECK(read_middleware(*middleware, settings));
    return settings;
}

}  // namespace mt::app
