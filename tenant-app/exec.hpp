#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt::app {

/// What `command` of a tenant's tenant.json comes to, as serve and check see it.
struct CommandToRun {
    std::string program;             ///< the file
    std::vector<std::string> words;  ///< its argv
    std::vector<std::string> environment;  ///< of tenant.json, NAME=value
    std::vector<std::string> warnings;
};

/// Whether a command serves the tenant. False if its tenant.json cannot be read.
bool has_command(const std::filesystem::path& folder);

/// Fails with invalid_config at file, line and pointer: tenant.json is broken, has no command, names what is not there.
Result<CommandToRun> read_command(const std::filesystem::path& folder);

/// The mode `exec`: runs the tenant's command and keeps it (tenant-app/exec/keeper.hpp). `options` say how the program is
/// reached: none, `--port N` or `--socket PATH`. The value is an exit code, or this process ends as its program did.
int exec(const std::filesystem::path& folder, const std::vector<std::string>& options);

}  // namespace mt::app
