#include <algorithm>

#include "base/files.hpp"
#include "base/js_scaffold.hpp"
#include "mtm/move_in_parts.hpp"

// Code is found, recognised if LoopBack's generators wrote it, and else told, file by file.
namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_entries_max = 10'000, k_told_max = 200;

bool is_code(const fs::path& path) {
    const auto type = path.extension();
    return type == ".js" || type == ".mjs" || type == ".cjs" || type == ".ts" || type == ".coffee";
}

/// A layer of the configuration: read_stem() told of it.
bool is_layer(const std::string& name) {
    constexpr std::string_view k_stems[] = {"config.", "datasources.", "model-config.", "component-config.",
                                            "middleware."};
    return std::any_of(std::begin(k_stems), std::end(k_stems),
                       [&](std::string_view stem) { return name.starts_with(stem); });
}

/// The scripts below `folder`, sorted, without packages, tests, and what is served to browsers.
std::vector<fs::path> find_scripts(const Moving& moving, const fs::path& folder) {
    std::vector<fs::path> out;
    std::size_t seen = 0;
    std::error_code error;
    fs::recursive_directory_iterator at{folder, fs::directory_options::skip_permission_denied, error};
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
        if (++seen > k_entries_max) {
            moving.report.warnings.push_back(moving.project.shown(folder) +
                                             ": more than 10,000 files, not all were looked at for code");
            break;
        }
        const auto name = at->path().filename().native();
        std::error_code ignored;
        if (at->is_directory(ignored)) {
            const auto relative = at->path().lexically_relative(moving.project.root()).native();
            const bool skipped = name.starts_with('.') || name == "node_modules" || name == "test" ||
                                 name == "client" || moving.report.origins.contains(relative) || at.depth() > 16;
            if (skipped) at.disable_recursion_pending();
        } else if (is_code(at->path()) && !name.starts_with('.')) {
            out.push_back(at->path());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// The explorer of early LoopBack 2, which a script mounted.
Status write_explorer(const Moving& moving) {
    std::error_code ignored;
    const auto file = moving.target / "component-config.json";
    if (fs::exists(file, ignored)) return {};
    return write_file(file, "{\n  \"loopback-component-explorer\": {\n    \"mountPath\": \"/explorer\"\n  }\n}\n");
}

std::string kind_of(const Moving& moving, const fs::path& script) {
    const auto folder = script.parent_path().filename();
    if (script.parent_path() == moving.project.app() / "boot") return "a boot script";
    if (folder == "models") return "code of a model";
    if (folder == "mixins") return "a mixin";
    return "code";
}

/// What code does to access matters more than what it adds: without it, the tenant is more open than the application
/// was.
std::string consequence(const std::string& text) {
    for (const char* sign : {"disableRemoteMethod", "beforeRemote", "observe(", "registerResolver"})
        if (text.find(sign) != std::string::npos)
            return std::string{"; it holds "} + sign + ": check what this leaves open";
    return {};
}

}  // namespace

Status move_scripts(const Moving& moving) {
    const auto& project = moving.project;
    std::vector<fs::path> scripts = find_scripts(moving, project.app());
    if (!project.flat()) {
        const auto common = find_scripts(moving, project.root() / "common");
        scripts.insert(scripts.end(), common.begin(), common.end());
    }
    std::size_t told = 0;
    for (const auto& path : scripts) {
        MT_TRY(const auto script, project.file(path));
        if (!script) continue;
        auto text = read_file(*script, 1u << 20);
        const auto kind = text.ok() ? recognise_script(*text) : Script::code;
        const auto name = path.filename().native();
        const bool boots = path.parent_path() == project.app() / "boot";
        if (boots && (kind == Script::root_status || (kind == Script::code && text.ok())))
            MT_CHECK(moving.copy(*script, "boot/" + name));
        if (kind == Script::explorer) MT_CHECK(write_explorer(moving));
        if (kind != Script::code || (path.parent_path() == project.app() && is_layer(name))) continue;
        if (++told <= k_told_max)
            moving.report.warnings.push_back(project.shown(path) + ": " + kind_of(moving, path) + ", not run" +
                                             (text.ok() ? consequence(*text) : ""));
    }
    if (told > k_told_max)
        moving.report.warnings.push_back("and " + std::to_string(told - k_told_max) + " more files of code, not run");
    return {};
}

}  // namespace mt::mtm
