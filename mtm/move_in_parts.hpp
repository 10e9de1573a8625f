#pragma once
#include "mtm/move_in.hpp"

// The steps of move_in(), one file each. Not for use elsewhere.
namespace mt::mtm {

struct Moving {
    const Project& project;
    const std::filesystem::path& target;
    const Abilities& abilities;
    MoveIn& report;

    /// Copies one file as it is. `to` is below the tenant's folder, whose folders are made.
    Status copy(const std::filesystem::path& from, const std::string& to, unsigned mode = 0644) const;
    /// Writes an edited file.
    Status write(const JsonObject& object, const std::string& to, unsigned mode = 0644) const;
};

/// `<stem>.json` and what lies over it, in LoopBack's order, the current environment's last. Warns of `<stem>.*.js`.
Result<std::vector<JsonObject>> read_stem(const Moving& moving, const std::string& stem);

/// True for an environment's file that does not count now: NODE_ENV is another.
bool is_other_environment(const JsonObject& layer, const std::string& stem);

Status move_datasources(const Moving& moving);
/// The models' files and model-config.json.
Status move_models(const Moving& moving);
/// config.json, component-config.json and middleware.json with the folders that it serves.
Status move_settings(const Moving& moving);
/// Tells of all code, and takes boot/ along.
Status move_scripts(const Moving& moving);

}  // namespace mt::mtm
