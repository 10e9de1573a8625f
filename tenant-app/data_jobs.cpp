#include "tenant-app/data_jobs.hpp"

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tenant-app/app.hpp"
#include "tenant-app/connectors/sqlite/copy_out.hpp"
#include "tenant-app/discover_job.hpp"
#include "tenant-app/jobs/dump_rows.hpp"
#include "tenant-app/jobs/export_rows.hpp"
#include "tenant-app/jobs/import_rows.hpp"
#include "tenant-app/jobs/load_dump.hpp"
#include "tenant-app/jobs/report_document.hpp"
#include "tenant-app/jobs/rights.hpp"
#include "tenant-app/program_job.hpp"
#include "tenant-app/provision_job.hpp"
#include "tenant-app/query_job.hpp"
#include "tenant-app/schema_job.hpp"
#include "tenant-app/shell_job.hpp"

namespace mt::app {

namespace {

template <class Json>
int print_document(const Json& document) {
    const auto text = document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
}

/// What a job that streams has to say besides goes to stderr.
int end_of_stream(const Status& status) {
    if (status.ok()) return 0;
    // Rows that are on their way come first: who reads them sees that the last one is missing.
    std::fflush(stdout);
    std::fprintf(stderr, "error %s\n", error_text(status.error()).c_str());
    return exit_code_of(status.error());
}

/// Runs `work` on the opened tenant, with the rights of the user that its data belongs to.
template <class Work>
Status with_data(const std::string& folder, Work work) {
    boost::asio::io_context io{1};
    MT_TRY(auto app, App::load(folder));
    MT_CHECK(app->check_datasources());
    MT_CHECK(take_rights_of_tenant(folder));
    MT_CHECK(app->open(io));
    const Repository::FindConnector connector_of = [&](const Model& model) -> Connector& {
        return app->connector_of(model);
    };
    return work(io, *app, connector_of);
}

Result<int> copy_out_of(const std::string& folder, const std::string& file) {
    const auto path = std::filesystem::path{file}.lexically_normal();
    if (path.is_absolute() || path.native().starts_with("..")) return Error{Errc::usage,
        "the database must be in the tenant's folder"};
    const auto taken = take_rights_of_tenant(folder);
    return end_of_stream(taken.ok() ? sqlite::copy_out(folder / path, stdout) : taken);
}

int dump_rows_of(const std::string& folder) {
    return end_of_stream(with_data(folder, [](auto& io, App& app, const auto& connector_of) {
        return dump_rows(io, app.registry(), connector_of, stdout);
    }));
}

int load_dump_into(const std::string& folder) {
    std::uint64_t rows = 0;
    const auto loaded = with_data(folder, [&](auto& io, App& app, const auto& connector_of) -> Status {
        MT_TRY(rows, load_dump(io, app.registry(), connector_of, stdin));
        return {};
    });
    return loaded.ok() ? print_document(json{{"ok", true}, {"data", {{"rows", rows}}}}) : end_of_stream(loaded);
}

Result<const Model*> persisted_model(const App& app, const std::string& name) {
    const auto* model = app.registry().find(name);
    if (model && model->persisted) return model;
    return Error{Errc::not_found, model ? name + " keeps no rows" : "there is no model " + name};
}

int export_from(const std::string& folder, const std::string& name, RowFormat format) {
    return end_of_stream(with_data(folder, [&](auto& io, App& app, const auto&) -> Status {
        MT_TRY(const auto* model, persisted_model(app, name));
        return export_rows(io, *model, app.connector_of(*model), format, stdout);
    }));
}

int import_into(const std::string& folder, const std::string& name, const ImportOrder& order) {
    json document;
    const auto done = with_data(folder, [&](auto& io, App& app, const auto& connector_of) -> Status {
        MT_TRY(const auto* model, persisted_model(app, name));
        MT_TRY(const auto imported, import_rows(io, *model, connector_of, order, stdin));
        document = {{"ok", true}, {"data", imported_document(imported)}};
        return {};
    });
    return done.ok() ? print_document(document) : end_of_stream(done);
}

/// `export-rows MODEL FORMAT` and `import-rows MODEL FORMAT [--continue] [--dry-run]`.
Result<int> rows_of_model(const std::string& folder, const std::string& mode, const std::vector<std::string>& options) {
    if (options.size() < 2 || (options[1] != "ndjson" && options[1] != "csv")) return Error{Errc::usage, mode +
        " takes a model, and ndjson or csv"};
    ImportOrder order;
    if (options[1] == "csv") order.format = RowFormat::csv;
    for (std::size_t i = 2; i < options.size(); ++i) {
        if (mode == "export-rows" || (options[i] != "--continue" &&
            options[i] != "--dry-run")) return Error{Errc::usage, mode + " takes no " + options[i]};
        (options[i] == "--continue" ? order.go_on : order.dry_run) = true;
    }
    return mode == "export-rows" ? export_from(folder, options[0], order.format)
        : import_into(folder, options[0], order);
}

Result<int> job_with_document(Result<json> (*job)(const std::filesystem::path&, const std::vector<std::string>&),
                              const std::string& folder, const std::vector<std::string>& options) {
    auto done = job(folder, options);
    if (!done.ok()) return end_of_stream(done.error());
    return print_document(json{{"ok", true}, {"data", *std::move(done)}});
}

int discover(const std::string& folder, const std::vector<std::string>& options) {
    auto found = discover_tables(folder, options);
    if (!found.ok()) return end_of_stream(found.error());
    return print_document(ordered_json{{"ok", true}, {"data", *std::move(found)}});
}

Result<int> without_options(int (*job)(const std::string&), const std::string& folder, const std::string& mode,
                            const std::vector<std::string>& options) {
    if (!options.empty()) return Error{Errc::usage, mode + " takes no options"};
    return job(folder);
}

}  // namespace

std::optional<Result<int>> run_data_job(const std::string& folder, const std::string& mode,
    const std::vector<std::string>& options) {
    if (mode == "dump-rows") return without_options(dump_rows_of, folder, mode, options);
    if (mode == "load-dump") return without_options(load_dump_into, folder, mode, options);
    if (mode == "export-rows" || mode == "import-rows") return rows_of_model(folder, mode, options);
    if (mode == "schema") return job_with_document(change_schema, folder, options);
    if (mode == "provision") return job_with_document(provision_place, folder, options);
    if (mode == "discover") return discover(folder, options);
    if (mode == "query") return end_of_stream(query_tenant(folder, options));
    if (mode == "shell") return end_of_stream(run_shell(folder, options));
    if (mode == "run-program") {
        if (options.empty()) return Error{Errc::usage, "run-program takes a program and its arguments"};
        return end_of_stream(run_program(folder, options));
    }
    if (mode != "copy-out") return {};
    if (options.size() != 1) return Error{Errc::usage, "copy-out takes a file"};
    return copy_out_of(folder, options.front());
}

}  // namespace mt::app
