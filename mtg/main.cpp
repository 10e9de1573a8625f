// mtg: runs and steers the gateway. The verbs are in start.cpp, steer.cpp and check.cpp.
#include <CLI/CLI.hpp>
#include <iostream>

#include "base/cli/command_tree.hpp"
#include "base/cli/exit_code.hpp"
#include "base/standard_descriptors.hpp"
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

constexpr const char* k_top_examples =
    "  mtg top\n"
    "  mtg top --sort memory\n"
    "  mtg top --once --json\n\n"
    "REQ/S and P95 are those of the last 10 to 15 seconds. Keys: r p e m x u s n\n"
    "sort, q ends. Without a terminal it prints the table once.";

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
    bool dry_run = false;
    const auto add_dry_run = [&](CLI::App* verb) { verb->add_flag("--dry-run", dry_run, "Say what would be done, and do nothing"); };
    auto* start = app.add_subcommand("start", "Serve; in the foreground unless -d");
    cli::set_examples(*start, k_start_examples);
    add_start_options(start);
    start->add_flag("-d,--background", options.background, "Run in the background, return when it serves");
    start->add_flag("--ui{9001}", options.ui, "Serve the operator's page; or --ui=ADDRESS");
    auto* stop = app.add_subcommand("stop", "Drain and stop everything");
    cli::set_examples(*stop, "  mtg stop\n  mtg stop --timeout 5m   for requests that take long");
    add_timeout(stop);
    add_dry_run(stop);
    auto* restart = app.add_subcommand("restart", "Replace the gateway by a new process; start it if down");
    cli::set_examples(*restart, "  mtg restart\n  mtg restart --timeout 5m\n\nAddresses stay: to listen elsewhere, stop and start.");
    add_start_options(restart);
    add_timeout(restart);
    add_dry_run(restart);
    auto* reload = app.add_subcommand("reload", "Look at every tenant's folder again");
    cli::set_examples(*reload, "  mtg reload\n  mtg reload --json");
    add_dry_run(reload);
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
    auto* top = app.add_subcommand("top", "Watch the tenants: requests, times, errors, memory");
    cli::set_examples(*top, k_top_examples);
    cli::TopOptions top_options;
    std::string interval = "2s";
    top->add_flag("--once", top_options.once, "Print it once, as without a terminal");
    top->add_option("--sort", top_options.sort, "requests p95 errors memory restarts up state name")->type_name("KEY");
    top->add_option("--interval", interval, "Time between two looks")->capture_default_str();
    auto* events = app.add_subcommand("events", "Show what happened to tenants");
    cli::set_examples(*events, "  mtg events\n  mtg events -f          and go on until Ctrl-C\n  mtg events -f --json   one object per line");
    mtg::EventOptions event_options;
    events->add_flag("-f,--follow", event_options.follow, "Go on with what happens from now on");
    events->add_option("-n,--lines", event_options.lines, "The last so many events (default: 20)")->type_name("N");
    auto* doctor = app.add_subcommand("doctor", "Look for what is wrong, and say how to mend it");
    cli::set_examples(*doctor, "  mtg doctor\n  mtg doctor --json\n\nKernel, limits, ports, folders, disk, and whether the gateway answers.\n"
                               "Exit code 1 if something failed; warnings are no failure.");
    auto* page = app.add_subcommand("ui", "Print a link that signs in to the operator's page");
    cli::set_examples(*page, "  mtg ui\n  xdg-open \"$(mtg ui)\"\n\nThe link works once, within ten minutes. The page is served by: mtg start --ui");
    auto* version = app.add_subcommand("version", "Print the version");
    cli::set_examples(*version, "  mtg version\n  mtg --version");

    std::string shell;
    cli::add_shell_verbs(app, shell);

    if (const auto code = cli::parse(app, argc, argv)) return *code;
    const cli::Output output{common.json, common.no_color};
    if (const auto code = cli::run_shell_verb(app, shell, output)) return *code;
    const auto wait = parse_duration(timeout);
    if (!wait.ok()) return output.failure(Error{Errc::usage, "--timeout: " + wait.error().message()});
    const auto top_interval = parse_duration(interval);
    if (!top_interval.ok()) return output.failure(Error{Errc::usage, "--interval: " + top_interval.error().message()});
    top_options.interval = *top_interval;
    auto settings = cli::resolve(common);
    if (!settings.ok()) return output.failure(settings.error());
    if (settings->config_error) {
        // A gateway that stops or says how it is needs no file; one that starts with half of it would be a surprise.
        const auto& error = *settings->config_error;
        if (*start) return mtg::refuse_start({*settings, output, argv, *wait}, error);
        if (*restart || *check || *config) return output.failure(error);
        output.note("warning: " + describe(error));
    }
    const mtg::Context context{*std::move(settings), output, argv, *wait};

    if (dry_run) return mtg::plan(context, app.get_subcommands().front()->get_name());
    if (*start) return mtg::start(context, options);
    if (*stop) return mtg::stop(context);
    if (*restart) return mtg::restart(context, options);
    if (*reload) return mtg::reload(context);
    if (*status) return mtg::status(context);
    if (*check) return mtg::check(context, options);
    if (*config) return *schema ? mtg::show_schema(context) : mtg::show_config(context);
    if (*metrics) return mtg::metrics(context);
    if (*top) return mtg::top(context, top_options);
    if (*events) return mtg::events(context, event_options);
    if (*doctor) return mtg::doctor(context);
    if (*page) return mtg::page_link(context);
    if (*version) return mtg::version(context);
    return cli::k_usage;
}

}  // namespace

int main(int argc, char** argv) {
    mt::claim_standard_descriptors();
    try {
        return run(argc, argv);
    } catch (const std::exception& exception) {
        std::cerr << "error: " << exception.what() << "\n  hint: this is a bug in mtg\n";
        return mt::cli::k_failed;
    }
}
