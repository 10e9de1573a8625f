#include <algorithm>

#include "tenant-app/config.hpp"
#include "tenant-app/config_reading.hpp"

// middleware.json: phases, each with entries "module" or "module#part" (strong-error-handler), whose value is an object or a list of
// them with enabled, params and paths. What LoopBack's templates name is built in; all else is code and told to be so.
namespace mt::app {

namespace {

namespace fs = std::filesystem;

struct Entry {
    std::string name;     ///< "loopback#static"
    std::string pointer;  ///< of this configuration in middleware.json
    const ordered_json& value;

    ordered_json params() const {
        const auto* found = find_member(value, "params");
        return found ? *found : ordered_json::object();
    }
};

using ReadEntry = Status (*)(ConfigSource& source, const Entry& entry, rest::Settings& settings);

Result<std::vector<std::string>> read_paths(ConfigSource& source, const Entry& entry) {
    const auto* paths = find_member(entry.value, "paths");
    std::vector<std::string> out;
    if (!paths) return out;
    const auto list = paths->is_array() ? *paths : ordered_json::array({*paths});
    for (const auto& one : list) {
        MT_TRY(auto path, read_mount(source, entry.pointer + "/paths", one));
        out.push_back(std::move(path));
    }
    return out;
}

Status read_cors(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    auto& cors = settings.cors;
    cors = rest::Cors{};
    // cors() without options: "*" and nothing else.
    cors.reflect = cors.credentials = false;
    cors.origins = {"*"};
    cors.max_age.clear();
    return read_cors_options(source, entry.pointer + "/params", entry.params(), cors);
}

Status read_compression(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    auto& compression = settings.compression;
    compression.on = true;
    const auto params = entry.params();
    const auto at = entry.pointer + "/params";
    source.warn_of_unknown(at, params.is_object() ? params : ordered_json::object(), {
            "threshold", "level", "memLevel", "windowBits", "chunkSize", "strategy"});
    if (const auto* threshold = find_member(params, "threshold")) {
        auto bytes = parse_bytes(threshold->is_string() ? threshold->get<std::string>() : threshold->dump());
        if (!bytes.ok()) return source.error(at + "/threshold", bytes.error().message());
        compression.threshold = *bytes;
    }
    if (const auto* level = find_member(params, "level")) {
        if (!level->is_number_integer() || *level < -1 || *level > 9) return source.error(at + "/level", "must be a number from -1 to 9");
        if (*level >= 0) compression.level = level->get<int>();
    }
    return {};
}

Status read_favicon(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    settings.favicon = true;
    const auto params = entry.params();
    const auto text = params.is_string() ? params : params.is_array() && !params.empty() ? params[0] : ordered_json();
    if (!text.is_string()) return {};
    auto name = text.get<std::string>();
    if (name.starts_with("$!")) name.erase(0, 2);
    const auto path = fs::path{name}.lexically_normal();
    if (path.is_absolute() || path.native().starts_with(".."))
        source.warn(entry.pointer + "/params", "outside the tenant's folder: the built-in icon is served");
    else settings.favicon_file = path;
    return {};
}

Status read_rest(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    MT_TRY(const auto paths, read_paths(source, entry));
    if (paths.empty()) return {};
    settings.api_root = paths.front();
    if (paths.size() > 1) source.warn(entry.pointer + "/paths", "the API is at the first path only");
    return {};
}

Status read_status(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    MT_TRY(auto paths, read_paths(source, entry));
    if (paths.empty()) paths.emplace_back();
    for (auto& path : paths) settings.status_paths.push_back(std::move(path));
    return {};
}

Status read_not_found(ConfigSource&, const Entry&, rest::Settings& settings) {
    settings.url_not_found = true;
    return {};
}

Status read_error_handler(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    const auto params = entry.params();
    const auto at = entry.pointer + "/params";
    if (!params.is_object()) return source.error(at, "must be an object");
    source.warn_of_unknown(at, params, {
            "debug", "log", "safeFields", "negotiateContentType", "rootProperty", "includeStack"});
    auto& policy = settings.policy;
    if (const auto* debug = find_member(params, "debug")) policy.debug = *debug == true;
    if (const auto* negotiate = find_member(params, "negotiateContentType")) policy.negotiate = *negotiate != false;
    if (const auto* root = find_member(params, "rootProperty")) {
        policy.root_property = *root != false;
        if (root->is_string() && *root != "error") source.warn(at + "/rootProperty", "only \"error\" and false are supported");
    }
    if (const auto* fields = find_member(params, "safeFields")) {
        const auto list = fields->is_array() ? *fields : ordered_json::array({*fields});
        for (const auto& field : list) {
            if (!field.is_string()) return source.error(at + "/safeFields", "must be a list of names");
            policy.safe_fields.push_back(field.get<std::string>());
        }
    }
    return {};
}

/// The folder that "$!../client" means: LoopBack's middleware.json stands in server/ beside client/, ours beside the folder itself.
Result<fs::path> static_folder(ConfigSource& source, const std::string& pointer, const ordered_json& value) {
    if (!value.is_string()) return source.error(pointer, "must be a folder such as \"$!./public\"");
    auto text = value.get<std::string>();
    if (text.starts_with("$!")) {
        text.erase(0, 2);
        if (text.starts_with("../")) text.erase(0, 3);
    }
    auto path = fs::path{text}.lexically_normal();
    if (path.is_absolute() || path.native().starts_with("..") || path.empty() || path == ".")
        return source.error(pointer, "\"" + text + "\" is no folder below the tenant's");
    return path;
}

Status read_static(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    MT_TRY(auto mounts, read_paths(source, entry));
    if (mounts.empty()) mounts.emplace_back();
    const auto at = entry.pointer + "/params";
    auto params = entry.params();
    // One argument, or the list of them: the folder and then serve-static's options.
    const auto* root = &params;
    const ordered_json* options = nullptr;
    if (params.is_array() && !params.empty()) {
        root = &params[0];
        if (params.size() > 1) options = &params[1];
    } else if (params.is_object() && params.contains("root")) {
        root = &params["root"];
        options = &params;
    }
    rest::StaticFolder folder;
    MT_TRY(folder.folder, static_folder(source, at, *root));
    if (options) {
        source.warn_of_unknown(at, *options, {
                "root", "index", "maxAge", "redirect", "etag", "lastModified", "dotfiles", "fallthrough"});
        if (const auto* index = find_member(*options, "index")) {
            if (index->is_string()) folder.index = index->get<std::string>();
            else if (*index == false) folder.index.clear();
        }
        if (folder.index.find('/') != std::string::npos) return source.error(at, "\"index\" is the name of a file");
        if (const auto* redirect = find_member(*options, "redirect")) folder.redirect = *redirect != false;
        // serve-static's milliseconds; its "1d" texts are rare and told.
        if (const auto* age = find_member(*options, "maxAge")) {
            if (age->is_number_unsigned()) folder.max_age = age->get<unsigned long>() / 1000;
            else source.warn(at, "maxAge is supported as a number of milliseconds only");
        }
        if (const auto* dotfiles = find_member(*options, "dotfiles"); dotfiles && *dotfiles == "allow")
            source.warn(at, "files whose name begins with a dot are never served");
    }
    for (auto& mount : mounts) {
        folder.mount = mount;
        settings.statics.push_back(folder);
    }
    return {};
}

Status ignore(ConfigSource&, const Entry&, rest::Settings&) { return {}; }

struct Known {
    std::string_view name;
    ReadEntry read;
};
constexpr std::array<Known, 15> k_known{
    Known{"cors", read_cors}, Known{"compression", read_compression}, Known{"loopback#favicon", read_favicon},
    Known{"loopback#rest", read_rest}, Known{"loopback#status", read_status},
    Known{"loopback#urlNotFound", read_not_found}, Known{"loopback#static", read_static},
    Known{"serve-static", read_static}, Known{"strong-error-handler", read_error_handler},
    Known{"loopback#errorHandler", read_error_handler},
    // Tokens are looked for in all requests, bodies are read; there is no context to set up.
    Known{"loopback#token", ignore}, Known{"loopback#context", ignore}, Known{"body-parser", ignore},
    Known{"body-parser#json", ignore}, Known{"body-parser#urlencoded", ignore}};

Status read_entry(ConfigSource& source, const Entry& entry, rest::Settings& settings) {
    if (const auto* enabled = find_member(entry.value, "enabled"); enabled && *enabled == false) return {};
    if (entry.value.is_object())
        source.warn_of_unknown(entry.pointer, entry.value, {
                "enabled", "params", "paths", "name", "methods", "optional", "module"});
    if (entry.name == "helmet" || entry.name.starts_with("helmet#")) {
        settings.extra_fields += helmet_fields(source, entry.pointer, entry.name, entry.params());
        return {};
    }
    for (const auto& known : k_known)
        if (known.name == entry.name) return known.read(source, entry, settings);
    source.warn(entry.pointer, "a middleware of code, not run");
    return {};
}

/// The scaffold's boot/root.js, or a status that is asked for at "/", beats an index page, as routes come before files.
void settle_root(rest::Settings& settings) {
    const bool asked = std::count(settings.status_paths.begin(), settings.status_paths.end(), "") > 1;
    std::error_code ignored;
    if (asked || fs::exists(settings.folder / "boot" / "root.js", ignored)) return;
    for (const auto& folder : settings.statics) {
        if (!folder.mount.empty() || folder.index.empty() || !fs::exists(settings.folder / folder.folder / folder.index, ignored))
            continue;
        std::erase(settings.status_paths, "");
        return;
    }
}

}  // namespace

Status read_middleware(ConfigSource& source, rest::Settings& settings) {
    // Who has the file says what there is; remoting.cors of config.json counts where the file has no cors.
    settings.cors.on = settings.cors.configured;
    settings.favicon = settings.url_not_found = false;
    for (const auto& phase : source.root().items()) {
        const auto phase_pointer = "/" + pointer_escape(phase.key());
        if (phase.key() == "$schema") continue;
        if (!phase.value().is_object()) return source.error(phase_pointer, "must be an object");
        for (const auto& entry : phase.value().items()) {
            const auto pointer = phase_pointer + "/" + pointer_escape(entry.key());
            if (!entry.value().is_array()) {
                MT_CHECK(read_entry(source, Entry{entry.key(), pointer, entry.value()}, settings));
                continue;
            }
            for (std::size_t i = 0; i < entry.value().size(); ++i)
                MT_CHECK(read_entry(source, Entry{entry.key(), pointer + "/" + std::to_string(i), entry.value()[i]}, settings));
        }
    }
    settle_root(settings);
    return {};
}

}  // namespace mt::app
