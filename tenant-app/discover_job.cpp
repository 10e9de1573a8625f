#include "tenant-app/discover_job.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tenant-app/app.hpp"
#include "tenant-app/connectors/mysql/discover.hpp"
#include "tenant-app/connectors/postgresql/discover.hpp"
#include "tenant-app/connectors/sqlite/discover.hpp"
#include "tenant-app/job_walls.hpp"
#include "tenant-app/jobs/discover/models.hpp"
#include "tenant-app/model/nearest.hpp"

namespace mt::app {

namespace {

Result<DiscoverOrder> read_discover_order(const std::vector<std::string>& options) {
    DiscoverOrder order;
    for (std::size_t i = 1; i < options.size(); i += 2) {
        if (options[i] != "--table" || i + 1 == options.size())
            return Error{Errc::usage, "discover takes a data source and --table PATTERN"};
        order.patterns.push_back(options[i + 1]);
    }
    return order;
}

Result<const Datasource*> datasource_named(const Registry& registry, const std::string& name) {
    std::vector<std::string> known;
    for (const auto& datasource : registry.datasources) {
        if (datasource.name == name) return &datasource;
        known.push_back(datasource.name);
    }
    return Error{Errc::not_found, "there is no data source \"" + name + "\""}.in_file("datasources.json").hint(
        known_hint(name, known));
}

/// One that nobody has written to is not there yet, and need not be because of us.
Result<std::vector<FoundTable>> discover_sqlite(const std::filesystem::path& folder, const Datasource& datasource) {
    const auto file = folder / datasource.settings->value("file", "data/db.sqlite3");
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown)) return std::vector<FoundTable>{};
    MT_TRY(const auto database, sqlite::Database::open(file));
    return sqlite::discover(*database);
}

bool has_tables(const Datasource& datasource) {
    const auto& connector = datasource.connector;
    return connector.starts_with("sqlite") || connector == "postgresql" || connector == "mysql" ||
           connector == "mariadb";
}

Result<std::vector<FoundTable>> tables_of(const std::filesystem::path& folder, const Datasource& datasource) {
    boost::asio::io_context io{1};
    if (datasource.connector == "postgresql") return postgresql::discover(io, folder, datasource);
    if (datasource.connector.starts_with("sqlite")) return discover_sqlite(folder, datasource);
    return mysql::discover(io, folder, datasource);
}

}  // namespace

Result<ordered_json> discover_tables(const std::filesystem::path& folder, const std::vector<std::string>& options) {
    if (options.empty()) return Error{Errc::usage, "discover takes a data source"};
    MT_TRY(const auto order, read_discover_order(options));
    MT_TRY(const auto app, App::load(folder));
    MT_CHECK(app->check_datasources());
    MT_TRY(const auto* datasource, datasource_named(app->registry(), options.front()));
    if (!has_tables(*datasource))
        return Error{Errc::usage, "the data source \"" + datasource->name + "\" has no tables to make models of: its "
                                  "connector is " + datasource->connector}.hint(
            "sqlite3, postgresql and mysql have; for others: mtm model foo:Customer name:string!");
    MT_CHECK(take_walls(*app, folder));
    MT_TRY(const auto tables, tables_of(folder, *datasource));
    MT_TRY(auto models, discovered_models(tables, app->registry(), *datasource, order));
    return ordered_json{{"connector", datasource->connector}, {"tables", std::move(models)}};
}

}  // namespace mt::app
