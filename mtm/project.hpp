#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "mtm/edit_json.hpp"

namespace mt::mtm {

/// The folder of a LoopBack application, as `mtm add --from` reads it: a LoopBack 2 or 3 project, whose configuration
/// is in server/, or one folder with everything in it, as a tenant has. Only read, and never out of it: a symbolic link
/// may stay inside.
class Project {
public:
    /// `typed` may be the project or its server/. Fails with usage: no folder, or nothing of LoopBack in it.
    static Result<Project> find(const std::filesystem::path& typed);

    /// Where the configuration is.
    const std::filesystem::path& app() const { return app_; }
    const std::filesystem::path& root() const { return root_; }
    /// Configuration and everything else are in one folder, as in a tenant's.
    bool flat() const { return app_ == root_; }

    /// What messages call a path of the project: below what was typed.
    std::string shown(const std::filesystem::path& path) const;

    /// The file as it is once links are followed, or nothing if there is none. Fails with invalid_config if it is
    /// outside the project or no plain file: a pipe would hang, a link could bring what is another's.
    Result<std::optional<std::filesystem::path>> file(const std::filesystem::path& path) const;
    /// The same for a folder.
    Result<std::optional<std::filesystem::path>> folder(const std::filesystem::path& path) const;

    /// A JSON file whose root is an object; nothing if there is no such file. Fails with invalid_config at file and
    /// line, failed.
    Result<std::optional<JsonObject>> object(const std::filesystem::path& path) const;

private:
    Project() = default;
    Result<std::optional<std::filesystem::path>> entry(const std::filesystem::path& path,
                                                       std::filesystem::file_type type) const;

    std::filesystem::path root_, app_;  ///< without links
    std::string display_;
};

}  // namespace mt::mtm
