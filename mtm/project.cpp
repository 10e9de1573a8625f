#include "mtm/project.hpp"

#include "base/printable.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

bool configures(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / "model-config.json", ignored) ||
           fs::is_regular_file(folder / "datasources.json", ignored);
}

bool is_below(const fs::path& path, const fs::path& root) {
    const auto relative = path.lexically_relative(root);
    return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

Result<Project> Project::find(const fs::path& typed) {
    std::error_code error;
    Project project;
    project.root_ = fs::canonical(typed, error);
    project.display_ = typed.lexically_normal().native();
    while (project.display_.size() > 1 && project.display_.ends_with('/')) project.display_.pop_back();
    if (error || !fs::is_directory(project.root_, error))
        return Error{Errc::usage, "there is no folder " + in_quotes(typed.native())};
    const auto server = fs::canonical(project.root_ / "server", error);
    if (!error && is_below(server, project.root_) && configures(server)) {
        project.app_ = server;
    } else if (!configures(project.root_)) {
        return Error{Errc::usage, in_quotes(project.display_) +
                                      " is no LoopBack application: it has no server/model-config.json, no "
                                      "server/datasources.json, and neither of the two itself"}
            .hint("name the folder that has server/ in it, or a folder like tenants/foo");
    } else {
        project.app_ = project.root_;
        const auto parent = project.root_.parent_path();
        if (project.root_.filename() == "server" && fs::is_regular_file(parent / "package.json", error)) {
            project.root_ = parent;
            project.display_ = (fs::path{project.display_} / "..").lexically_normal().native();
            if (project.display_.ends_with('/')) project.display_.pop_back();
        }
    }
    return project;
}

std::string Project::shown(const fs::path& path) const {
    return (fs::path{display_} / path.lexically_relative(root_)).lexically_normal().native();
}

Result<std::optional<fs::path>> Project::entry(const fs::path& path, fs::file_type type) const {
    std::error_code error;
    const auto status = fs::symlink_status(path, error);
    if (status.type() == fs::file_type::not_found) return std::optional<fs::path>{};
    const auto real = fs::canonical(path, error);
    if (error) return Error{Errc::invalid_config, "cannot be read: " + error.message()}.in_file(shown(path));
    if (!is_below(real, root_)) {
        const bool link = is_below(path.lexically_normal(), root_);
        return Error{Errc::invalid_config, link ? "a link that leads out of the project" : "is outside the project"}
            .in_file(shown(path))
            .hint("put what it leads to in its place");
    }
    if (fs::status(real, error).type() != type)
        return Error{Errc::invalid_config,
                     type == fs::file_type::directory ? "must be a folder" : "must be a plain file"}
            .in_file(shown(path));
    return std::optional{real};
}

Result<std::optional<fs::path>> Project::file(const fs::path& path) const {
    return entry(path, fs::file_type::regular);
}
Result<std::optional<fs::path>> Project::folder(const fs::path& path) const {
    return entry(path, fs::file_type::directory);
}

Result<std::optional<JsonObject>> Project::object(const fs::path& path) const {
    MT_TRY(const auto real, file(path));
    if (!real) return std::optional<JsonObject>{};
    MT_TRY(auto object, read_object(*real, shown(path)));
    return std::optional{std::move(object)};
}

}  // namespace mt::mtm
