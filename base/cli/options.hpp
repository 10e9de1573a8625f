#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "base/gateway_config.hpp"
#include "base/layout.hpp"

namespace CLI {
class App;
}

namespace mt::cli {

/// What every command of both programs takes.
struct CommonOptions {
    std::string tenants, socket, config;
    bool json = false, no_color = false;
};

/// Adds --tenants (MTG_TENANTS), --socket (MTG_SOCKET), --config (MTG_CONFIG), --json, --no-color to the program. Call before
/// adding verbs: they inherit the fall-through that lets these stand behind the verb. `options` outlives `app`.
void add_common_options(CLI::App& app, CommonOptions& options);

/// The help of a program or verb opens with `examples`, indented lines; subcommands that are added later inherit them.
void set_examples(CLI::App& app, std::string examples);

/// Flag, environment, file, default, in this order.
struct Settings {
    Layout layout;
    GatewayConfig config;
    std::filesystem::path config_file;  ///< empty if there is none
    std::string tenants_source, socket_source;  ///< "--tenants", "MTG_TENANTS", "mtg.json" or "default"
    std::optional<Error> config_error;  ///< why the file cannot be served by; `config` holds defaults then, and the file's places
};
/// Reads mtg.json: the named one, which must exist, or the current folder's, if any. A file that is refused is config_error as
/// long as the tenants folder is known without it: who only steers or edits can go on. Fails with usage, invalid_config, failed.
Result<Settings> resolve(const CommonOptions& options);

/// Parses the command line. A value means: leave with this exit code, everything is printed: 0 after --help, 2 with an error
/// (as a document if --json is among the arguments), which names the nearest verb or option.
std::optional<int> parse(CLI::App& app, int argc, const char* const* argv);

}  // namespace mt::cli
