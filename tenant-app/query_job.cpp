#include "tenant-app/query_job.hpp"

#include <sys/prctl.h>

#include <charconv>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tenant-app/app.hpp"
#include "tenant-app/connectors/postgresql/query.hpp"
#include "tenant-app/connectors/sqlite/query.hpp"
#include "tenant-app/connectors/sqlite/table.hpp"
#include "tenant-app/job_walls.hpp"
#include "tenant-app/jobs/line_reader.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_sql_bytes_max = 1u << 20;

Result<std::uint32_t> read_number(const std::string& text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number > 0) return number;
    return Error{Errc::usage, "\"" + text + "\" is no number above 0"};
}

Result<QueryBounds> read_bounds(const std::vector<std::string>& options) {
    QueryBounds bounds;
    for (std::size_t i = 0; i < options.size(); i += 2) {
        if (i + 1 == options.size() || (options[i] != "--rows" && options[i] != "--time"))
            return Error{Errc::usage, "query takes --rows N and --time MS"};
        MT_TRY(const auto number, read_number(options[i + 1]));
        if (options[i] == "--rows") bounds.rows = number;
        else bounds.time = std::chrono::milliseconds{number};
    }
    return bounds;
}

Result<std::string> read_sql() {
    std::string sql(k_sql_bytes_max + 1, '\0');
    sql.resize(std::fread(sql.data(), 1, sql.size(), stdin));
    if (sql.size() > k_sql_bytes_max) return Error{Errc::payload_too_large, "a query of more than 1 MiB"};
    if (sql.find('\0') != std::string::npos) return Error{Errc::bad_request, "a query is text"};
    return sql;
}

bool speaks_sql(const Datasource& datasource) {
    return datasource.connector.starts_with("sqlite") || datasource.connector == "postgresql";
}

/// The data source "db", or else the first that is a database.
Result<const Datasource*> database_of(const Registry& registry) {
    const Datasource* first = nullptr;
    for (const auto& datasource : registry.datasources) {
        if (!speaks_sql(datasource)) continue;
        if (datasource.name == "db") return &datasource;
        if (!first) first = &datasource;
    }
    if (first) return first;
    return Error{Errc::not_found, "none of its data sources is a database that can be asked"}.hint(
        "SQLite and PostgreSQL can; rows of \"memory\" are in the tenant's process alone");
}

/// One that nobody has written to is not there yet: an empty one answers as it would.
Result<std::unique_ptr<sqlite::Database>> open_sqlite(const App& app, const std::filesystem::path& folder,
                                                      const Datasource& datasource) {
    const auto file = folder / datasource.settings->value("file", "data/db.sqlite3");
    std::error_code unknown;
    if (std::filesystem::exists(file, unknown)) return sqlite::Database::open(file);
    MT_TRY(auto empty, sqlite::Database::in_memory());
    std::vector<const Model*> models;
    for (const auto& model : app.registry().models)
        if (model->persisted && model->datasource == datasource.name) models.push_back(model.get());
    MT_TRY(const auto tables, sqlite::migrate(*empty, models));
    static_cast<void>(tables);
    return empty;
}

/// `row` of the table, as SQLite holds it.
Status insert(sqlite::Database& database, const std::string& sql, const json& row) {
    MT_TRY(auto* statement, database.prepare(sql));
    const sqlite::Resetting resetting{statement};
    int at = 0;
    for (const auto& value : row) MT_CHECK(sqlite::bind_value(database, statement, ++at, value));
    if (sqlite3_step(statement) != SQLITE_DONE) return database.error();
    return {};
}

Status fill_table(sqlite::Database& database, const json& columns, LineReader& lines) {
    std::string names, marks;
    for (const auto& column : columns) {
        names += (names.empty() ? "" : ", ") + sql::quote(column.get<std::string>());
        marks += marks.empty() ? "?" : ", ?";
    }
    MT_CHECK(database.run(("BEGIN; CREATE TABLE t (" + names + ")").c_str()));
    const auto sql = "INSERT INTO t VALUES (" + marks + ")";
    std::string_view line;
    for (;;) {
        MT_TRY(const bool more, lines.next(line));
        if (!more) return database.run("COMMIT");
        MT_TRY(const auto row, parse_json(line));
        if (!row.is_array() || row.size() != columns.size()) return Error{Errc::bad_request, "a row has other columns"};
        MT_CHECK(insert(database, sql, row));
    }
}

}  // namespace

Status query_tenant(const std::filesystem::path& folder, const std::vector<std::string>& options) {
    MT_TRY(const auto bounds, read_bounds(options));
    MT_TRY(const auto sql, read_sql());
    MT_TRY(const auto app, App::load(folder));
    MT_CHECK(app->check_datasources());
    MT_TRY(const auto* datasource, database_of(app->registry()));
    MT_CHECK(take_walls(*app, folder));
    QueryOutput out{stdout, bounds};
    if (datasource->connector == "postgresql") {
        boost::asio::io_context io{1};
        return postgresql::query(io, folder, *datasource, sql, bounds, out);
    }
    MT_TRY(const auto database, open_sqlite(*app, folder, *datasource));
    return sqlite::query(*database, sql, bounds, out);
}

Status reduce_rows() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    LineReader lines{stdin};
    std::string_view line;
    MT_TRY(const bool any, lines.next(line));
    MT_TRY(const auto order, any ? parse_json(line) : Result<json>{json()});
    if (!order.is_object() || !order.contains("sql") || !order.contains("columns"))
        return Error{Errc::bad_request, "the first line is no {\"sql\",\"columns\"}"};
    MT_TRY(const auto database, sqlite::Database::in_memory());
    MT_CHECK(fill_table(*database, order["columns"], lines));
    QueryBounds bounds;
    bounds.rows = 1'000'000;
    bounds.bytes = 64u << 20;
    bounds.time = std::chrono::minutes{1};
    QueryOutput out{stdout, bounds};
    return sqlite::query(*database, order["sql"].get<std::string>(), bounds, out);
}

}  // namespace mt::app
