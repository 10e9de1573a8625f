#include "mtm/move_in.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/files.hpp"
#include "mtm/move_in_parts.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

std::string line(const JsonFile& file, const std::string& pointer, const std::string& text) {
    return file.display + ":" + std::to_string(line_of(file.text, pointer)) + " " + pointer + ": " + text;
}

Status make_parents(const fs::path& target, const fs::path& file) {
    const auto parent = file.parent_path();
    std::error_code error;
    fs::create_directories(parent, error);
    if (error) return Error{Errc::failed, "create " + parent.native() + ": " + error.message()};
    for (auto at = parent; at != target && at.has_relative_path(); at = at.parent_path())
        MT_CHECK(sync_folder(at.parent_path()));
    return {};
}

std::string current_environment() {
    const char* set = std::getenv("NODE_ENV");
    return set && *set ? set : "development";
}

std::string environment_of(const fs::path& file, const std::string& stem) {
    const auto name = file.stem().native();  // "config.production"
    return name.size() > stem.size() ? name.substr(stem.size() + 1) : "";
}

/// main, local, the others by name, the current one.
int rank(const fs::path& file, const std::string& stem) {
    const auto environment = environment_of(file, stem);
    if (environment.empty()) return 0;
    if (environment == "local") return 1;
    return environment == current_environment() ? 3 : 2;
}

}  // namespace

void MoveIn::warn(const JsonFile& file, const std::string& pointer, const std::string& text) {
    warnings.push_back(line(file, pointer, text));
}
void MoveIn::note(const JsonFile& file, const std::string& pointer, const std::string& text) {
    notes.push_back(line(file, pointer, text));
}

Status Moving::copy(const fs::path& from, const std::string& to, unsigned mode) const {
    MT_CHECK(make_parents(target, target / to));
    MT_TRY(const auto content, read_file(from, 1u << 30));
    report.origins[to] = project.shown(from);
    return write_file(target / to, content, mode);
}

Status Moving::write(const JsonObject& object, const std::string& to, unsigned mode) const {
    MT_CHECK(make_parents(target, target / to));
    report.origins[to] = object.file.display;
    return write_file(target / to, pretty(object.root), mode);
}

bool is_other_environment(const JsonObject& layer, const std::string& stem) { return rank(layer.file.path, stem) == 2; }

Result<std::vector<JsonObject>> read_stem(const Moving& moving, const std::string& stem) {
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator at{moving.project.app(), error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().native();
        const bool ours = name == stem + ".json" || name == stem + ".js" || name.starts_with(stem + ".");
        if (ours && at->path().extension() == ".json") paths.push_back(at->path());
        if (ours && at->path().extension() == ".js")
            moving.report.warnings.push_back(moving.project.shown(at->path()) + ": configuration in code, not read");
    }
    if (error) return Error{Errc::failed, "read " + moving.project.app().native() + ": " + error.message()};
    std::sort(paths.begin(), paths.end(), [&](const fs::path& a, const fs::path& b) {
        return std::pair{rank(a, stem), a} < std::pair{rank(b, stem), b};
    });
    std::vector<JsonObject> layers;
    for (const auto& path : paths) {
        MT_TRY(auto layer, moving.project.object(path));
        if (!layer) continue;
        layer->file.path = path;  // its name counts, also if it is a link
        layers.push_back(*std::move(layer));
    }
    return layers;
}

Result<MoveIn> move_in(const Project& project, const fs::path& target, const Abilities& abilities) {
    MoveIn report;
    const Moving moving{project, target, abilities, report};
    MT_CHECK(move_datasources(moving));
    MT_CHECK(move_models(moving));
    MT_CHECK(move_settings(moving));
    MT_CHECK(move_scripts(moving));
    MT_CHECK(sync_folder(target));
    return report;
}

}  // namespace mt::mtm
