#include "base/files.hpp"
#include "base/printable.hpp"
#include "mtm/move_in_parts.hpp"

// config.json, component-config.json, middleware.json as they are; the folders and files that middleware.json serves
// come along.
namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_files_max = 20'000;
constexpr std::uintmax_t k_bytes_max = 1u << 30;

/// What a copied folder may still hold.
struct Budget {
    std::size_t files = k_files_max;
    std::uintmax_t bytes = k_bytes_max;
};

Status copy_file(const Moving& moving, const fs::path& from, const std::string& to, Budget& budget) {
    std::error_code error;
    const auto size = fs::file_size(from, error);
    if (budget.files == 0 || size > budget.bytes) {
        return Error{Errc::invalid_config,
                     "the folders that middleware.json serves hold more than 20,000 files or 1 GiB"}
            .in_file(moving.project.shown(from))
            .hint("move what is not part of the application out of them");
    }
    --budget.files;
    budget.bytes -= size;
    return moving.copy(from, to);
}

Status copy_folder(const Moving& moving, const fs::path& from, const std::string& to, Budget& budget, int depth) {
    if (depth > 32) return Error{Errc::invalid_config, "nested too deeply"}.in_file(moving.project.shown(from));
    std::error_code error;
    for (fs::directory_iterator at{from, error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().native();
        if (name.starts_with('.')) continue;  // never served
        const auto type = at->symlink_status(error).type();
        if (type == fs::file_type::directory && name == "node_modules") {
            moving.report.warnings.push_back(moving.project.shown(at->path()) + ": not copied");
        } else if (type == fs::file_type::directory) {
            MT_CHECK(copy_folder(moving, at->path(), to + "/" + name, budget, depth + 1));
        } else if (type == fs::file_type::regular) {
            MT_CHECK(copy_file(moving, at->path(), to + "/" + name, budget));
        } else {
            moving.report.warnings.push_back(moving.project.shown(at->path()) +
                                             ": neither a file nor a folder, not copied");
        }
    }
    if (error) return Error{Errc::failed, "read " + from.native() + ": " + error.message()};
    return {};
}

/// The text that names the folder or file: LoopBack's params are it, a list that begins with it, or an object with
/// `root`.
const std::string* path_in(const ordered_json& entry) {
    if (!entry.is_object() || !entry.contains("params")) return nullptr;
    const auto* value = &entry["params"];
    if (value->is_array() && !value->empty()) value = &(*value)[0];
    else if (value->is_object() && value->contains("root")) value = &(*value)["root"];
    return value->is_string() ? value->get_ptr<const std::string*>() : nullptr;
}

/// Where the worker looks for what "$!../client" names, whose server/ is the tenant's folder itself.
std::string place_here(std::string text) {
    if (text.starts_with("$!")) {
        text.erase(0, 2);
        if (text.starts_with("../")) text.erase(0, 3);
    }
    auto path = fs::path{text}.lexically_normal().native();
    while (path.ends_with('/')) path.pop_back();
    return path;
}

Status move_served(const Moving& moving, const std::string& text, Budget& budget) {
    const auto to = place_here(text);
    if (to.empty() || to == "." || to.starts_with("..") || to.starts_with('/') || moving.report.origins.contains(to))
        return {};  // the worker says why not
    const auto& project = moving.project;
    const bool relative = text.starts_with("$!");
    // Without "$!" LoopBack takes the path from where node was started.
    auto from = ((relative ? project.app() : project.root()) / (relative ? text.substr(2) : text)).lexically_normal();
    if (project.flat() && relative) from = project.app() / to;
    std::error_code ignored;
    if (fs::is_regular_file(from, ignored)) {
        MT_TRY(const auto file, project.file(from));
        return copy_file(moving, *file, to, budget);
    }
    MT_TRY(const auto folder, project.folder(from));
    if (!folder) return {};
    if (*folder == project.root() || *folder == project.app())
        return Error{Errc::invalid_config, "it would serve the whole project"}.in_file(
            project.shown(project.app() / "middleware.json"));
    moving.report.origins[to] = project.shown(from);
    return copy_folder(moving, *folder, to, budget, 0);
}

Status move_middleware(const Moving& moving, const ordered_json& middleware, Budget& budget) {
    for (const auto& phase : middleware) {
        if (!phase.is_object()) continue;
        for (const auto& [name, value] : phase.items()) {
            if (name != "loopback#static" && name != "serve-static" && name != "loopback#favicon") continue;
            const auto entries = value.is_array() ? value : ordered_json::array({value});
            for (const auto& entry : entries)
                if (const auto* text = path_in(entry)) MT_CHECK(move_served(moving, *text, budget));
        }
    }
    return {};
}

Status move_tenant_file(const Moving& moving) {
    MT_TRY(auto file, moving.project.object(moving.project.app() / "tenant.json"));
    JsonObject tenant = file && moving.project.flat()
                            ? *std::move(file)
                            : JsonObject{JsonFile{{}, "{}", "tenant.json"}, ordered_json::object()};
    for (const char* key : {"key", "reason", "until", "protected"}) tenant.root.erase(key);
    tenant.root["state"] = "running";
    return moving.write(tenant, "tenant.json");
}

}  // namespace

Status move_settings(const Moving& moving) {
    MT_CHECK(move_tenant_file(moving));
    Budget budget;
    for (const std::string stem : {"config", "component-config", "middleware"}) {
        MT_TRY(const auto layers, read_stem(moving, stem));
        for (const auto& layer : layers) {
            MT_CHECK(moving.copy(layer.file.path, layer.file.path.filename().native()));
            if (stem == "middleware") MT_CHECK(move_middleware(moving, layer.root, budget));
            if (stem != "config") continue;
            for (const char* key : {"host", "port", "url"})
                if (layer.root.contains(key))
                    moving.report.note(layer.file, std::string{"/"} + key, "no meaning here, the gateway listens");
        }
    }
    return {};
}

}  // namespace mt::mtm
