#include "tenant-app/data_jobs.hpp"

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tenant-app/app.hpp"
#include "tenant-app/connectors/sqlite/copy_out.hpp"
#include "tenant-app/connectors/sqlite/schema_steps.hpp"
#include "tenant-app/jobs/dump_rows.hpp"
#include "tenant-app/jobs/export_rows.hpp"
#include "tenant-app/jobs/import_rows.hpp"
#include "tenant-app/jobs/load_dump.hpp"
#include "tenant-app/jobs/report_document.hpp"
#include "tenant-app/jobs/rights.hpp"

namespace mt::app {

namespace {

int print_document(const json& document) {
    const auto text = document.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
}

/// What a job that streams has to say besides goes to stderr.
int end_of_stream(const Status& status) {
    if (status.ok()) return 0;
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
    return loaded.ok() ? print_document({{"ok", true}, {"data", {{"rows", rows}}}}) : end_of_stream(loaded);
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

/// Where the tenant's migrations are kept account of: the data source "db", or else the first that is SQLite.
const Datasource* ledger_of(const Registry& registry) {
    const Datasource* first = nullptr;
    for (const auto& datasource : registry.datasources) {
        if (!datasource.connector.starts_with("sqlite")) continue;
        if (datasource.name == "db") return &datasource;
        if (!first) first = &datasource;
    }
    return first;
}

json schema_document(const sqlite::SchemaPlan& plan, bool applied) {
    auto pending = json::array();
    for (const auto& [name, effect, sql] : plan.pending) pending.push_back({{"name", name}, {"effect", effect},
        {"sql", sql}});
    return {{"applied", plan.applied}, {applied ? "done" : "pending", std::move(pending)}};
}

Result<json> change_schema(const std::string& folder, bool apply, bool allow_destructive) {
    MT_TRY(const auto app, App::load(folder));
    MT_CHECK(app->check_datasources());
    MT_CHECK(take_rights_of_tenant(folder));
    const auto* datasource = ledger_of(app->registry());
    MT_TRY(const auto files, sqlite::read_schema_files(folder));
    if (!datasource) {
        if (files.empty()) return schema_document({}, apply);
        return Error{Errc::invalid_config,
            "no data source is SQLite: nothing here can apply it"}.in_file("migrations/" + files.front().name);
    }
    std::vector<const Model*> models;
    for (const auto& model : app->registry().models)
        if (model->persisted && model->datasource == datasource->name) models.push_back(model.get());
    const auto file = std::filesystem::path{folder} / datasource->settings->value("file", "data/db.sqlite3");
    std::error_code unknown;
    const bool there = std::filesystem::exists(file, unknown);
    if (!there && files.empty()) return schema_document({}, apply);  // its tables come with the first write
    MT_TRY(const auto database, there || apply ? sqlite::Database::open(file) : sqlite::Database::in_memory());
    auto plan = apply ? sqlite::apply_schema(*database, files, models, allow_destructive)
        : sqlite::plan_schema(*database, files, models);
    if (!plan.ok()) return std::move(plan).error();
    return schema_document(*plan, apply);
}

/// `schema [--apply [--allow-destructive]]`
Result<int> schema(const std::string& folder, const std::vector<std::string>& options) {
    const bool apply = !options.empty() && options[0] == "--apply";
    const bool destructive = options.size() == 2 && options[1] == "--allow-destructive";
    if (options.size() != std::size_t{apply} + std::size_t{destructive})
        return Error{Errc::usage, "schema takes --apply, and then --allow-destructive"};
    auto done = change_schema(folder, apply, destructive);
    if (!done.ok()) return end_of_stream(done.error());
    return print_document({{"ok", true}, {"data", *std::move(done)}});
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
    if (mode == "schema") return schema(folder, options);
    if (mode != "copy-out") return {};
    if (options.size() != 1) return Error{Errc::usage, "copy-out takes a file"};
    return copy_out_of(folder, options.front());
}

}  // namespace mt::app
