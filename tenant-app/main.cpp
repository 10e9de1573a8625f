#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/standard_descriptors.hpp"
#include "tenant-app/app.hpp"
#include "tenant-app/connectors/registry.hpp"
#include "tenant-app/connectors/sqlite/copy.hpp"
#include "tenant-app/data_jobs.hpp"
#include "tenant-app/exec.hpp"
#include "tenant-app/harden.hpp"
#include "tenant-app/jobs/explain.hpp"
#include "tenant-app/jobs/load_rows.hpp"
#include "tenant-app/jobs/report_document.hpp"
#include "tenant-app/model/builtin_models.hpp"
#include "tenant-app/query_job.hpp"
#include "tenant-app/rest/swagger.hpp"
#include "tenant-app/serve.hpp"
#include "tenant-app/spare.hpp"
#include "tenant-app/try_tables.hpp"

// The worker's command line, read by hand: a library for it would cost every start of every tenant a millisecond.
namespace {

constexpr std::string_view k_help =
    "Examples:\n"
    "  tenant-app tenants/foo check                            is the configuration right?\n"
    "  tenant-app tenants/foo serve --socket /tmp/foo.sock     run one tenant without a gateway\n"
    "  tenant-app tenants/foo swagger                          print its API description\n"
    "\n"
    "Usage: tenant-app <folder> <mode> [options]\n"
    "\n"
    "  serve             answer HTTP on descriptor 3, steered over descriptor 4 (mtg does that)\n"
    "    --socket PATH   bind this UNIX socket instead, without a control channel\n"
    "  exec              run the command of tenant.json and keep it (mtg does that)\n"
    "  check [--json]    load everything, open nothing; exit 0, or 6 with what is wrong\n"
    "  swagger           print the OpenAPI 2.0 document\n"
    "  explain METHOD PATH [--as WHO]\n"
    "                    which access rule decides; WHO is an id, email or username\n"
    "  copy-database FROM TO\n"
    "                    copy a SQLite database that may be in use to a path in the folder\n"
    "  copy-out FILE     write a copy of a SQLite database of the folder, in use or not, to stdout\n"
    "  export-rows MODEL ndjson|csv\n"
    "                    write the rows of a model to stdout\n"
    "  import-rows MODEL ndjson|csv [--continue] [--dry-run]\n"
    "                    make rows of stdin: all or none, or those that are valid\n"
    "  schema [--apply] [--rollback N] [--allow-destructive]\n"
    "                    what models and migrations/*.sql want of the database; do it\n"
    "  discover DATASOURCE [--table PATTERN]\n"
    "                    print models of the tables that a database has\n"
    "  provision make|plan|tables|shelve|unshelve|drop\n"
    "                    what the tenant has on a shared server, with the login on stdin (mtm does that)\n"
    "  query [--rows N] [--time MS]\n"
    "                    run the SQL on stdin, reading only; print columns and rows as lines\n"
    "  run-program WORD…\n"
    "                    run a program in the folder, as the tenant and behind its walls\n"
    "  shell [--which]   become the database's own shell, likewise\n"
    "  dump-rows         write all rows to stdout, as they are at one moment\n"
    "  load-dump         take in what dump-rows wrote, from stdin\n"
    "  load-rows DATASOURCE FILE\n"
    "                    take in what a memory connector of LoopBack has saved\n"
    "  --help, --version\n"
    "  --reduce          run SQL on rows, both from stdin (mtm query does that)\n"
    "  --built-in        print the connectors and models that are there without a file\n";

int usage(std::string_view message) {
    std::fprintf(stderr, "tenant-app: %.*s\ntry: tenant-app --help\n", static_cast<int>(message.size()), message.data());
    return 2;
}

int print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
}

/// How a job ends: silently, or with its document.
int end_of(const mt::Status& status) {
    if (status.ok()) return 0;
    print(mt::app::failed_text(status.error()));
    return mt::app::exit_code_of(status.error());
}

/// What serve would refuse is refused here.
mt::Result<std::unique_ptr<mt::app::App>> load_and_check(const std::string& folder) {
    MT_TRY(auto app, mt::app::App::load(folder));
    MT_CHECK(app->check_datasources());
    MT_CHECK(mt::app::try_tables(app->registry(), folder));
    return app;
}

mt::Result<std::vector<std::string>> warnings_of(const std::string& folder) {
    if (mt::app::has_command(folder)) {
        MT_TRY(auto command, mt::app::read_command(folder));
        return std::move(command.warnings);
    }
    MT_TRY(const auto app, load_and_check(folder));
    return app->warnings();
}

int check(const std::string& folder, bool json) {
    const auto warnings = warnings_of(folder);
    if (!warnings.ok()) {
        if (json) print(mt::app::failed_text(warnings.error()));
        else std::fprintf(stderr, "error %s\n", mt::app::error_text(warnings.error()).c_str());
        return mt::app::exit_code_of(warnings.error());
    }
    if (json) return print(mt::app::ok_text(*warnings));
    for (const auto& warning : *warnings) std::fprintf(stderr, "warning %s\n", warning.c_str());
    return 0;
}

int swagger(const std::string& folder) {
    const auto app = mt::app::App::load(folder);
    if (app.ok()) return print(mt::app::rest::swagger_text((*app)->service(), ""));
    std::fprintf(stderr, "error %s\n", mt::app::error_text(app.error()).c_str());
    return mt::app::exit_code_of(app.error());
}

int explain(const std::string& folder, const std::vector<std::string>& options) {
    const auto failed = [](const mt::Error& error) {
        print(mt::app::failed_text(error));
        return mt::app::exit_code_of(error);
    };
    auto app = mt::app::App::load(folder);
    if (!app.ok()) return failed(app.error());
    boost::asio::io_context io{1};
    if (const auto opened = (*app)->open(io); !opened.ok()) return failed(opened.error());
    const auto text = mt::app::explain_access(io, (*app)->service(), options[0], options[1], options.size() > 2 ? options[3] : "");
    return text.ok() ? print(*text) : failed(text.error());
}

int copy_database(const std::string& folder, const std::string& from, const std::string& to) {
    const auto target = std::filesystem::path{to}.lexically_normal();
    if (target.is_absolute() || target.native().starts_with(".."))
        return usage("the copy must be in the tenant's folder");
    return end_of(mt::app::sqlite::copy_database(from, folder / target));
}

int load_rows(const std::string& folder, const std::string& datasource, const std::string& file) {
    auto app = mt::app::App::load(folder);
    if (!app.ok()) return end_of(std::move(app).error());
    boost::asio::io_context io{1};
    if (auto opened = (*app)->open(io); !opened.ok()) return end_of(opened);
    const auto connector_of = [&](const mt::app::Model& model) -> mt::app::Connector& {
        return (*app)->connector_of(model);
    };
    return end_of(mt::app::load_rows(io, (*app)->registry(), connector_of, datasource, file));
}

int built_in() {
    nlohmann::json out{{"connectors", mt::app::connector_names()}, {"models", mt::app::builtin_model_names()}};
    out["connectors"].push_back("mail");
    return print(out.dump());
}

int run(const std::vector<std::string>& words) {
    if (words.size() == 1 && words[0] == "--version") return print("tenant-app " MT_VERSION);
    if (words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) return print(std::string{k_help});
    if (words.size() == 1 && words[0] == "--built-in") return built_in();
    if (words.size() == 1 && words[0] == "--reduce") {
        mt::app::harden(false);
        const auto reduced = mt::app::reduce_rows();
        if (reduced.ok()) return 0;
        std::fprintf(stderr, "error %s\n", mt::app::error_text(reduced.error()).c_str());
        return mt::app::exit_code_of(reduced.error());
    }
    if (words.size() < 2) return usage("name a tenant's folder and a mode");
    const auto& folder = words[0];
    const auto& mode = words[1];
    const std::vector<std::string> options{words.begin() + 2, words.end()};

    if (mode == "serve") {
        const bool alone = options.size() == 2 && options[0] == "--socket";
        if (!alone && !options.empty()) return usage("serve takes --socket PATH and nothing else");
        mt::app::harden(!alone);
        return mt::app::serve(folder, alone ? std::optional<std::filesystem::path>{options[1]} : std::nullopt);
    }
    if (mode == "exec") return mt::app::exec(folder, options);
    mt::app::harden(false);
    if (mode == "check") {
        const bool json = options.size() == 1 && options[0] == "--json";
        return json || options.empty() ? check(folder, json) : usage("check takes --json and nothing else");
    }
    if (mode == "swagger") return options.empty() ? swagger(folder) : usage("swagger takes no options");
    if (mode == "explain") {
        const bool plain = options.size() == 2, as = options.size() == 4 && options[2] == "--as";
        return plain || as ? explain(folder, options) : usage("explain takes a method, a path and --as WHO");
    }
    if (mode == "copy-database")
        return options.size() == 2 ? copy_database(folder, options[0], options[1])
                                   : usage("copy-database takes FROM and TO");
    if (mode == "load-rows")
        return options.size() == 2 ? load_rows(folder, options[0], options[1])
                                   : usage("load-rows takes a data source and a file");
    if (const auto job = mt::app::run_data_job(folder, mode, options)) {
        if (job->ok()) return **job;
        return usage(job->error().message());
    }
    return usage("no mode is called " + mode);
}

}  // namespace

int main(int argc, char** argv) {
    mt::claim_standard_descriptors();
    try {
        std::vector<std::string> words{argv + 1, argv + argc};
        if (!words.empty() && words[0] == "--spare") words = mt::app::wait_for_orders(argc, argv);
        return run(words);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "tenant-app: %s\n", exception.what());
    } catch (...) {
        std::fputs("tenant-app: an exception of unknown type\n", stderr);
    }
    return 1;
}
