#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/cli/output.hpp"

namespace CLI {
class App;
}

namespace mt::cli {

// Completions and manual pages are written from the options that the parser knows, so that they cannot say anything
// else.

struct OptionInfo {
    std::vector<std::string> names;  ///< "-n", "--lines"; empty for bare words
    std::string help, value;         ///< `value` as "N"; empty for a flag
};

/// A program or one of its verbs.
struct CommandTree {
    std::string name, help, examples;
    std::vector<OptionInfo> options;  ///< of its own; a program's are those that all of its verbs take
    std::vector<CommandTree> verbs;   ///< hidden ones are left out
    bool takes_tenants = false;       ///< its bare words are tenants' ids
};

CommandTree read_tree(const CLI::App& app);

/// What set_examples() was given.
std::string examples_of(const CLI::App& app);

/// A script for "bash", "zsh" or "fish"; empty for another shell. Tenants are asked for by `<program> __tenants`.
std::string completion(const CommandTree& program, const std::string& shell);

/// man(7), section 1.
std::string manual_page(const CommandTree& program, const std::string& version);

/// Adds the verbs `completion` and `manpage`. `shell` outlives the parsing.
void add_shell_verbs(CLI::App& app, std::string& shell);
/// Does them; nothing if neither was asked for.
std::optional<int> run_shell_verb(const CLI::App& app, const std::string& shell, const Output& output);

}  // namespace mt::cli
