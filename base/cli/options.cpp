#include "base/cli/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/cli/command_tree.hpp"
#include "base/cli/exit_code.hpp"
#include "base/cli/output.hpp"
#include "base/nearest.hpp"

namespace mt::cli {

namespace fs = std::filesystem;

void add_common_options(CLI::App& app, CommonOptions& options) {
    app.fallthrough();
    app.option_defaults()->group("Common options");
    app.add_option("--tenants", options.tenants, "Folder of tenants (default: tenants)")->envname("MTG_TENANTS")->type_name("DIR");
    app.add_option("--socket", options.socket, "Gateway socket (default: in <tenants>/.run)")
        ->envname("MTG_SOCKET")->type_name("PATH");
    app.add_option("--config", options.config, "Gateway configuration (default: mtg.json)")
        ->envname("MTG_CONFIG")->type_name("FILE");
    app.add_flag("--json", options.json, "Print one JSON document, errors included");
    app.add_flag("--no-color", options.no_color, "No colour, also not on a terminal");
    app.option_defaults()->group("Options");
}

namespace {

/// CLI11 has put the environment's value where there was no flag.
std::string source_of(const std::string& given, bool in_file, const char* flag, const char* variable) {
    if (given.empty()) return in_file ? "mtg.json" : "default";
    const char* const value = std::getenv(variable);
    return value && given == value ? variable : flag;
}

/// The configuration of the machine's own gateway, if this program was installed by its package and this user may read the
/// file; else empty.
fs::path system_config_file() {
    constexpr const char* file = "/etc/mtg/mtg.json";
    return program_folder() == "/usr/bin" && ::access(file, R_OK) == 0 ? file : "";
}

}  // namespace

Result<Settings> resolve(const CommonOptions& options) {
    fs::path file = options.config;
    std::error_code ignored;
    if (file.empty() && fs::exists("mtg.json", ignored)) file = "mtg.json";
    const bool names_no_place = file.empty() && options.tenants.empty() && options.socket.empty();
    if (names_no_place && !fs::is_directory("tenants", ignored)) file = system_config_file();
    GatewayConfig config;
    std::optional<Error> config_error;
    if (!file.empty()) {
        auto read = read_gateway_config(file);
        if (!read.ok() && read.error().code() == Errc::not_found)
            return Error{Errc::usage, "there is no configuration file " + file.native()}.hint("leave --config out for the defaults");
        if (read.ok()) config = *std::move(read);
        else {
            config_error = std::move(read).error();
            config = read_gateway_places(file);
        }
    }
    fs::path tenants = !options.tenants.empty() ? fs::path{options.tenants} : config.tenants;
    if (tenants.empty()) {
        tenants = "tenants";
        // The file may name another folder: a new one is not begun on a guess.
        if (config_error && !fs::is_directory(tenants, ignored)) return *std::move(config_error);
    }
    const fs::path socket = !options.socket.empty() ? fs::path{options.socket} : config.socket;
    auto tenants_source = source_of(options.tenants, !config.tenants.empty(), "--tenants", "MTG_TENANTS");
    auto socket_source = source_of(options.socket, !config.socket.empty(), "--socket", "MTG_SOCKET");
    return Settings{Layout{std::move(tenants), socket}, std::move(config), std::move(file), std::move(tenants_source), std::move(socket_source),
                    std::move(config_error)};
}

namespace {

bool asks_for_json(int argc, const char* const* argv) {
    for (int i = 1; i < argc; ++i)
        if (std::string_view{argv[i]} == "--json") return true;
    return false;
}

std::vector<std::string> verbs_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; }))
        if (!verb->get_name().empty()) names.push_back(verb->get_name());
    return names;
}

/// The first argument that is no option and no option's value, if it names no verb.
std::string unknown_verb(const CLI::App& app, int argc, const char* const* argv) {
    const auto verbs = verbs_of(app);
    if (verbs.empty() || !app.get_subcommands().empty()) return {};
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--tenants" || argument == "--socket" || argument == "--config") ++i;
        else if (!argument.starts_with("-")) return std::string{argument};
    }
    return {};
}

Error usage_error(const CLI::App& app, int argc, const char* const* argv, const CLI::ParseError& failure) {
    const auto program = app.get_name();
    if (const auto typed = unknown_verb(app, argc, argv); !typed.empty()) {
        auto hint = did_you_mean(typed, verbs_of(app));
        if (hint.empty()) hint = program + " --help lists the verbs";
        return Error{Errc::usage, "unknown verb '" + typed.substr(0, 80) + "'"}.hint(std::move(hint));
    }
    const auto chosen = app.get_subcommands();
    return Error{Errc::usage, failure.what()}.hint(program + (chosen.empty() ? "" : " " + chosen.front()->get_name()) + " --help");
}

/// Examples first, then options: CLI11's own order hides what most readers look for.
class ExamplesFirst : public CLI::Formatter {
public:
    explicit ExamplesFirst(std::string examples) : examples_(std::move(examples)) { column_width(26); }
    const std::string& examples() const { return examples_; }
    std::string make_description(const CLI::App* app) const override {
        return app->get_description() + "\n\nExamples:\n" + examples_ + "\n";
    }
    std::string make_usage(const CLI::App* app, std::string name) const override {
        return "\n" + CLI::Formatter::make_usage(app, std::move(name));
    }

private:
    std::string examples_;
};

}  // namespace

void set_examples(CLI::App& app, std::string examples) { app.formatter(std::make_shared<ExamplesFirst>(std::move(examples))); }

std::string examples_of(const CLI::App& app) {
    const auto* const formatter = dynamic_cast<const ExamplesFirst*>(app.get_formatter().get());
    return formatter ? formatter->examples() : std::string{};
}

std::optional<int> parse(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
        return std::nullopt;
    } catch (const CLI::Success& help) {  // --help and --version
        return app.exit(help);
    } catch (const CLI::ParseError& failure) {
        const Output output{asks_for_json(argc, argv), false};
        return output.failure(usage_error(app, argc, argv, failure));
    }
}

}  // namespace mt::cli
