#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/config_object.hpp"

namespace mt {

/// `command`, `env` and `listen` of tenant.json: any program in place of our worker. As written, that is before
/// `${NAME}` and `${file:path}` are replaced: the process that runs the program does that, in the tenant's environment.
struct CommandConfig {
    std::vector<std::string> words;                  ///< the program and its arguments; empty: our own worker serves
    std::map<std::string, std::string> environment;  ///< beside what the gateway gives
    std::string listen = "fd";                       ///< fd, port or socket

    bool operator==(const CommandConfig&) const = default;
};

/// The readers of the keys `command` and `env`. Each fails with invalid_config.
ConfigRead read_command_into(std::vector<std::string>& words);
ConfigRead read_environment_into(std::map<std::string, std::string>& environment);

/// A command that can be run.
struct ResolvedCommand {
    std::vector<std::string> words;
    std::map<std::string, std::string> environment;
};

/// `config`, which was read from `file`, with its variables replaced as read_layers() does it; a variable that is not
/// known leaves the name of `env` out, with a warning. Fails with invalid_config at the word or name: an unknown
/// variable in `command`, a file that cannot be read, a NUL byte.
Result<ResolvedCommand> resolve_command(const CommandConfig& config, const JsonFile& file,
                                        std::vector<std::string>& warnings);

/// The file that the first word of a command means: a path from `folder` if it has a slash, else a name looked up in
/// `search_path` (as $PATH). Fails with not_found or, for a file that may not be run, with not_allowed.
Result<std::string> find_program(const std::string& word, const std::filesystem::path& folder,
                                 const std::string& search_path);

/// Splits a command as it was typed: words at blanks, '…' and "…" keep theirs, a backslash takes the next character as
/// it is. No variable, no pattern, no operator. Fails with usage: an open quote, or nothing in it.
Result<std::vector<std::string>> split_command(std::string_view text);

}  // namespace mt
