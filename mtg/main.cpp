// mtg: runs and steers the gateway. The verbs are in start.cpp, steer.cpp and check.cpp.
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/cli/exit_code.hpp"
#include "base/units.hpp"
#include "mtg/verbs.hpp"

namespace {

constexpr const char* k_examples =
    "  mtg start                          serve tenants/ at port 9000 until Ctrl-C\n"
    "  mtg start -d --listen 0.0.0.0:80   in the background, for everybody\n"
    "  mtg status                         what runs, and where\n"
    "  mtg restart                        a new process on the same sockets";

constexpr const char* k_start_examples =
    "  mtg start                          in the foreground, until Ctrl-C\n"
    "  mtg start -d                       in the background, return when it serves\n"
    "  mtg start -d --listen 0.0.0.0:80   for everybody, not this machine alone";

int run(int argc, char** argv) {
    using namespace mt;
    CLI::App app{"Runs and steers the gateway; mtm manages tenants", "mtg"};
    app.set_version_flag("--version", "mtg " MT_VERSION);
    cli::set_examples(app, k_examples);
    cli::CommonOptions common;
    cli::add_common_options(app, common);
    app.require_subcommand(1);

    mtg::StartOptions options;
    std::string timeout = "60s";
    const auto add_start_options = [&](CLI::App* verb) {
        verb->add_option("--listen", options.listen, "9000, 0.0.0.0:9000, [::1]:9000; may be repeated")
            ->type_name("ADDRESS");
        verb->add_option("--worker", options.worker, "Worker program")->group("");
    };
    const auto add_timeout = [&](CLI::App* verb) {
        verb->add_option("--timeout", timeout, "Longest wait, such as 60s")->capture_default_str();
    };
    auto* start = app.add_subcommand("start", "Serve; in the foreground unless -d");
    cli::set_examples(*start, k_start_examples);
    add_start_options(start);
    start->add_flag("-d,--background", options.background, "Run in the background, return when it serves");
    auto* stop = app.add_subcommand("stop", "Drain and stop everything");
    cli::set_examples(*stop, "  mtg stop\n  mtg stop --timeout 5m   for requests that take long");
    add_timeout(stop);
    auto* restart = app.add_subcommand("restart", "Replace the gateway in place; start it if down");
    cli::set_examples(*restart, "  mtg restart\n  mtg restart --timeout 5m\n\nAddresses stay: to listen elsewhere, stop and start.");
    add_start_options(restart);
    add_timeout(restart);
    auto* reload = app.add_subcommand("reload", "Look at every tenant's folder again");
    cli::set_examples(*reload, "  mtg reload\n  mtg reload --json");
    auto* status = app.add_subcommand("status", "Show the gateway; exit 3 if it does not run");
    cli::set_examples(*status, "  mtg status\n  mtg status --json\n  mtg status >/dev/null || mtg start -d");
    auto* check = app.add_subcommand("check", "Check mtg.json and every tenant's files");
    cli::set_examples(*check, "  mtg check\n  mtg check --tenants /srv/tenants");
    check->add_option("--worker", options.worker, "Worker program")->group("");
    auto* config = app.add_subcommand("config", "Configuration");
    cli::set_examples(*config, "  mtg config show\n  mtg config show --json");
    config->require_subcommand(1);
    auto* show = config->add_subcommand("show", "What is in force, and where it comes from");
    cli::set_examples(*show, "  mtg config show\n  mtg config show --json");
    auto* schema = config->add_subcommand("schema", "Print every key that mtg.json and tenant.json may have");
    cli::set_examples(*schema, "  mtg config schema\n  mtg config schema --json");
    auto* metrics = app.add_subcommand("metrics", "Print figures of requests, workers and connections");
    cli::set_examples(*metrics, "  mtg metrics\n  mtg metrics --json");
    auto* version = app.add_subcommand("version", "Print the version");
    cli::set_examples(*version, "  mtg version\n  mtg --version");

    if (const auto code = cli::parse(app, argc, argv)) return *code;
    const cli::Output output{common.json, common.no_color};
    const auto wait = parse_duration(timeout);
    if (!wait.ok()) return output.failure(Error{Errc::usage, "--timeout: " + wait.error().message()});
    auto settings = cli::resolve(common);
    if (!settings.ok()) return output.failure(settings.error());
    if (settings->config_error) {
        // A gateway that stops or says how it is needs no file; one that starts with half of it would be a surprise.
        if (*start || *restart || *check || *config) return output.failure(*settings->config_error);
        output.note("warning: " + describe(*settings->config_error));
    }
    const mtg::Context context{*std::move(settings), output, argv, *wait};

    if (*start) return mtg::start(context, options);
    if (*stop) return mtg::stop(context);
    if (*restart) return mtg::restart(context, options);
    if (*reload) return mtg::reload(context);
    if (*status) return mtg::status(context);
    if (*check) return mtg::check(context, options);
    if (*config) return *schema ? mtg::show_schema(context) : mtg::show_config(context);
    if (*metrics) return mtg::metrics(context);
    if (*version) return mtg::version(context);
    return cli::k_usage;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& exception) {
        std::cerr << "error: " << exception.what() << "\n  hint: this is a bug in mtg\n";
        return mt::cli::k_failed;
    }
}
