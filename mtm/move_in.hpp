#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mtm/project.hpp"

namespace mt::mtm {

/// What the worker has: asked of it, so that this knowledge is in one place.
struct Abilities {
    std::vector<std::string> connectors, models;
};

/// A SQLite database of the project, and where the tenant has it.
struct DatabaseCopy {
    std::filesystem::path from;
    std::string to;  ///< below the tenant's folder
};

/// How a project becomes a tenant: what to say about it, and what is left to the worker's jobs.
struct MoveIn {
    std::vector<std::string> notes;     ///< what was changed on the way
    std::vector<std::string> warnings;  ///< what will not run, "file[:line pointer]: why"
    /// Of the tenant's files, below its folder: what messages call the project's.
    std::map<std::string, std::string> origins;
    std::vector<DatabaseCopy> databases;
    std::map<std::string, std::filesystem::path> rows;  ///< by data source: what a memory connector saved
    std::set<std::string> data_files;                   ///< names in data/ that are given away

    /// "file:line pointer: text"
    void warn(const JsonFile& file, const std::string& pointer, const std::string& text);
    void note(const JsonFile& file, const std::string& pointer, const std::string& text);
};

/// Writes the project's configuration, models and static files into the empty folder `target` as a tenant has them.
/// Changes as little as it can: files go over as they are, but for `_meta.sources`, models and connectors that are not
/// here, and the paths of databases. Code is left where it is and told; a model's own and boot/ come along, so that the
/// worker tells of them, too. Fails with invalid_config at the project's file and line, failed; `target` is then the
/// caller's to remove.
Result<MoveIn> move_in(const Project& project, const std::filesystem::path& target, const Abilities& abilities);

}  // namespace mt::mtm
