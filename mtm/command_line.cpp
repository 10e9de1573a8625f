#include "mtm/command_line.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/cli/command_tree.hpp"
#include "base/cli/exit_code.hpp"
#include "base/units.hpp"
#include "mtm/select.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

void add_words(CLI::App& app, Words words, Arguments& arguments) {
    const auto add = [&](const char* name, const char* help) { return app.add_option(name, arguments.words, help); };
    switch (words) {
        case Words::none: return;
        case Words::new_ids: add("tenant", "One or more ids")->type_name("ID"); return;
        case Words::tenants: add("tenant", "Ids, or a quoted glob")->type_name("ID"); return;
        case Words::tenant: add("tenant", "An id")->type_name("ID"); return;
        case Words::request: add("what", "explain, a tenant, a method and a path")->type_name("explain ID METHOD PATH"); return;
        case Words::config: add("what", "show, get, set or unset; tenant, key and values")->type_name("ACTION ID KEY VALUE"); return;
        case Words::two_ids: add("tenant", "An id, and a new one")->type_name("ID NEW_ID"); return;
        case Words::bundle: add("what", "A bundle, or - for stdin; with --at a tenant's id")->type_name("FILE"); return;
        case Words::rows:
            add("what", "A model, and for import a file, or - for stdin")->type_name("foo:Model FILE");
            return;
        case Words::query: add("what", "Ids or a quoted glob, and what to ask")->type_name("ID SQL"); return;
        case Words::model: add("what", "A model and its properties")->type_name("foo:Model PROPERTY"); return;
    }
}

/// An option whose value is a duration such as 200ms.
void add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& target, const char* help) {
    const auto read = [&target, name](const std::string& text) {
        const auto duration = parse_duration(text);
        if (!duration.ok()) throw CLI::ValidationError(name, duration.error().message());
        target = *duration;
    };
    app.add_option_function<std::string>(name, read, help)->type_name("TIME");
}

void add_option(CLI::App& app, Option option, Arguments& arguments) {
    switch (option) {
        case Option::all: app.add_flag("--all", arguments.all, "All tenants"); return;
        case Option::labels:
            app.add_option("-l,--selector", arguments.labels, "By labels: plan=free, plan!=free, plan")
                ->type_name("LABEL")
                ->delimiter(',')
                ->allow_extra_args(false)
                ->each([&arguments](const std::string&) { arguments.all = true; });
            return;
        case Option::dry_run: app.add_flag("--dry-run", arguments.dry_run, "Say what would be done, and do nothing"); return;
        case Option::yes: app.add_flag("-y,--yes", arguments.yes,
            "For scripts: what destroys for good does not ask"); return;
        case Option::wait:
            app.add_flag("--no-wait", arguments.no_wait, "Do not wait for the gateway");
            add_duration(app, "--timeout", arguments.timeout, "Longest wait for the gateway (default: 30s)");
            return;
        case Option::quiet: app.add_flag("-q,--quiet", arguments.quiet, "Print nothing; the exit code tells"); return;
        case Option::connector:
            app.add_option("--connector", arguments.connector, "Of the datasource db: sqlite3, memory")->type_name("NAME");
            app.add_option("--template", arguments.template_name, "What to start from (default: default)")->type_name("NAME");
            return;
        case Option::from:
            app.add_option("--from", arguments.from,
                           "A LoopBack 2 or 3 application, or a tenant's folder")
                ->type_name("FOLDER");
            return;
        case Option::lines:
            app.add_option("-n,--lines", arguments.lines, "The last so many lines (default: 50)")
                ->type_name("N")
                ->check(CLI::Range(0, 10'000'000).description(""));
            return;
        case Option::as: app.add_option("--as", arguments.as, "A user's id, email or username (default: nobody)")->type_name("WHO"); return;
        case Option::trash: app.add_flag("--trash", arguments.trash, "What was removed and can be brought back"); return;
        case Option::command:
            app.add_option("--command", arguments.command, "A program that serves it, with its arguments")
                ->type_name("COMMAND");
            app.add_option("--listen", arguments.listen, "How it is reached: fd, port, socket (default: fd)")
                ->type_name("HOW");
            return;
        case Option::suspension:
            app.add_option("--reason", arguments.reason, "What clients and 'mtm why' are told")->type_name("TEXT");
            app.add_option("--until", arguments.until, "2h, or a time such as 2026-12-01T08:00:00Z")->type_name("WHEN");
            return;
        case Option::requests:
            add_duration(app, "--slow", arguments.slow, "Only what took at least that long");
            app.add_option("--status", arguments.status, "Only these, such as 5xx or 404,429")->type_name("LIST");
            return;
        case Option::top:
            app.add_flag("--once", arguments.top.once, "Print it once, as without a terminal");
            app.add_option("--sort", arguments.top.sort, "requests p95 errors memory restarts up state name")->type_name("KEY");
            add_duration(app, "--interval", arguments.top.interval, "Time between two looks (default: 2s)");
            return;
        case Option::alias_for:
            add_duration(app, "--alias-for", arguments.alias_for,
                "Redirect the former name so long (default: 30d)");
            return;
        case Option::copy:
            app.add_flag("--data", arguments.with_data, "Everything, the rows as they are at one moment");
            app.add_flag("--structure", arguments.structure, "Configuration and models, no data");
            return;
        case Option::repair: app.add_flag("--repair", arguments.repair, "Clear away what killed programs left"); return;
        case Option::output:
            app.add_option("-o,--output", arguments.output, "A file, or - for stdout")->type_name("FILE");
            return;
        case Option::secrets: app.add_flag("--secrets", arguments.secrets,
            "With the passwords of datasources.json"); return;
        case Option::replace:
            app.add_flag("--replace", arguments.replace, "Over an existing tenant, after an undo snapshot of it");
            return;
        case Option::at:
            app.add_option("--at", arguments.at, "A snapshot's name, or how long ago, such as 2h")->type_name("WHEN");
            return;
        case Option::as_id: app.add_option("--as", arguments.as, "Another id for it")->type_name("ID"); return;
        case Option::format: app.add_option("--format", arguments.format,
            "ndjson or csv, if the file's name does not say")->type_name("NAME"); return;
        case Option::go_on: app.add_flag("--continue", arguments.go_on, "Leave out what is refused, and go on"); return;
        case Option::migration:
            app.add_flag("--plan", arguments.plan, "Show what is to be done, grouped by what is the same");
            app.add_option("--canary", arguments.canary,
                "The first N one by one; if one fails, no further one")->type_name("N");
            app.add_option("--parallel", arguments.parallel,
                "So many at a time (default: 2)")->type_name("N")->check(CLI::Range(1, 64).description(""));
            app.add_option("--max-failures", arguments.max_failures,
                "Begin no further one after so many; 0: any number")->type_name("N");
            app.add_flag("--resume", arguments.resume, "Go on with the last run: what is not done yet");
            app.add_flag("--status", arguments.migration_status, "Show how far each is; asks no database");
            app.add_flag("--rollback", arguments.rollback, "Take the last migration back, by its .down.sql");
            app.add_option("--steps", arguments.steps, "With --rollback: so many (default: 1)")
                ->type_name("N")->check(CLI::Range(1, 10'000).description(""));
            app.add_flag("--recheck", arguments.recheck, "Ask every database, also of tenants known to be done");
            app.add_flag("--allow-destructive", arguments.allow_destructive,
                "Also what takes away rows, columns or tables");
            return;
        case Option::query:
            app.add_option("--reduce", arguments.reduce, "Ask the rows of all, the table t")->type_name("SQL");
            app.add_option("--rows", arguments.rows_most, "A tenant with more rows fails (default: 10000)")
                ->type_name("N")->check(CLI::Range(1, 10'000'000).description(""));
            app.add_option("--format", arguments.format, "table or csv (default: table)")->type_name("NAME");
            return;
        case Option::fan_out: {
            app.add_option("--parallel", arguments.parallel,
                "So many at a time (default: 2)")->type_name("N")->check(CLI::Range(1, 64).description(""));
            const auto read = [&arguments](const std::string& text) {
                const auto duration = parse_duration(text);
                if (!duration.ok()) throw CLI::ValidationError("--deadline", duration.error().message());
                arguments.deadline = *duration;
            };
            app.add_option_function<std::string>("--deadline", read,
                "Longest time for each tenant (default: 10s, exec 5m)")->type_name("TIME");
            return;
        }
        case Option::server:
            app.add_option("--datasource", arguments.server, "A database server of mtg.json, for its rows")->type_name("NAME");
            app.add_option("--tenancy", arguments.tenancy, "Kept apart by isolated (default), schema, row")->type_name("MODE");
            return;
        case Option::read_only: app.add_flag("--read-only", arguments.read_only, "Ours, which only reads"); return;
        case Option::discover:
            app.add_option("--datasource", arguments.datasource, "Of datasources.json (default: db)")->type_name("NAME");
            app.add_option("--table", arguments.tables, "Only tables that are called so; may be said again")
                ->type_name("PATTERN")->delimiter(',')->allow_extra_args(false);
            return;
        case Option::scheduled: app.add_flag("--scheduled", arguments.scheduled,
            "As the gateway does: only the last ones are kept")->group(""); return;
        case Option::off: app.add_flag("--off", arguments.off, "Not any more"); return;
        case Option::follow: app.add_flag("-f,--follow", arguments.follow, "Go on with what is written from now on"); return;
    }
}

Result<int> run(const Verb& verb, const Arguments& arguments, const cli::CommonOptions& common, const cli::Output& output) {
    MT_TRY(const auto settings, cli::resolve(common));
    if (settings.config_error) output.note("warning: " + describe(*settings.config_error));
    Session session{settings, output, GatewayLink{settings, arguments.timeout}};
    return verb.run(session, arguments);
}

Result<int> print_ids(const cli::CommonOptions& common, const cli::Output& output) {
    MT_TRY(const auto settings, cli::resolve(common));
    MT_TRY(const auto names, tenant_names(settings.layout));
    return output.result(names, [](const json& ids) {
        std::string out;
        for (const auto& id : ids) out += id.get<std::string>() + "\n";
        return out;
    });
}

/// The words behind `--` of `mtm exec`, which are not ours to read; `argc` then ends in front of it.
std::vector<std::string> take_program(int& argc, const char* const* argv) {
    bool is_exec = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word{argv[i]};
        is_exec = is_exec || word == "exec";
        if (word != "--" || !is_exec) continue;
        std::vector<std::string> program{argv + i + 1, argv + argc};
        argc = i;
        return program;
    }
    return {};
}

/// CLI11 takes a word such as ["a","b"] apart. A blank in front keeps those of `mtm config` whole until all is parsed.
class WholeLists {
public:
    WholeLists(int argc, const char* const* argv) : words_(argv, argv + argc) {
        bool takes_lists = false;
        for (auto& word : words_) {
            if (takes_lists && word.starts_with('[')) word.insert(0, 1, ' ');
            takes_lists = takes_lists || word == "config";
            pointers_.push_back(word.c_str());
        }
    }
    int argc() const { return static_cast<int>(pointers_.size()); }
    const char* const* argv() const { return pointers_.data(); }

    /// As they were typed.
    static void restore(std::vector<std::string>& words) {
        for (auto& word : words)
            if (word.starts_with(" [")) word.erase(0, 1);
    }

private:
    std::vector<std::string> words_;
    std::vector<const char*> pointers_;
};

}  // namespace

int run_command_line(int argc, const char* const* argv) {
    CLI::App app{"Manages the tenants of the gateway", "mtm"};
    cli::set_examples(app, "  mtm add foo\n  mtm model foo:Customer\n  mtm list");
    app.set_version_flag("--version", "mtm " MT_VERSION);
    app.require_subcommand(1);
    cli::CommonOptions common;
    cli::add_common_options(app, common);

    Arguments arguments;
    const Verb* chosen = nullptr;
    for (const auto& verb : verbs()) {
        auto* sub = app.add_subcommand(std::string{verb.name}, std::string{verb.help});
        if (!verb.alias.empty()) sub->alias(std::string{verb.alias});
        cli::set_examples(*sub, std::string{verb.examples});
        sub->footer("\n--tenants, --socket, --config, --json and --no-color: see mtm --help");
        add_words(*sub, verb.words, arguments);
        for (const auto option : verb.options) add_option(*sub, option, arguments);
        sub->callback([&chosen, &verb] { chosen = &verb; });
    }
    std::string shell;
    cli::add_shell_verbs(app, shell);
    app.add_subcommand("__tenants", "For completions: the ids")->group("");
    arguments.program = take_program(argc, argv);
    const WholeLists typed{argc, argv};
    if (const auto code = cli::parse(app, typed.argc(), typed.argv())) return *code;
    WholeLists::restore(arguments.words);

    const cli::Output output{common.json, common.no_color};
    if (const auto code = cli::run_shell_verb(app, shell, output)) return *code;
    const auto done = chosen ? run(*chosen, arguments, common, output) : print_ids(common, output);
    return done.ok() ? *done : output.failure(done.error());
}

}  // namespace mt::mtm
