#include "tenant-app/connectors/mysql/discover.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "tenant-app/connectors/mysql/catalogue.hpp"
#include "tenant-app/connectors/mysql/connection.hpp"
#include "tenant-app/connectors/mysql/schema.hpp"
#include "tenant-app/connectors/server/run_to_end.hpp"
#include "tenant-app/data/sql/render.hpp"

namespace mt::app::mysql {

namespace {

constexpr std::uint16_t k_discover_port = 3306;

constexpr const char* k_found_columns =
    "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.IS_NULLABLE, c.COLUMN_DEFAULT, c.EXTRA,"
    " c.CHARACTER_MAXIMUM_LENGTH, c.NUMERIC_PRECISION, c.NUMERIC_SCALE FROM information_schema.COLUMNS c"
    " JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME"
    " WHERE c.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";

constexpr const char* k_found_keys =
    "SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, IF(REFERENCED_TABLE_SCHEMA = DATABASE(), REFERENCED_TABLE_NAME,"
    " NULL), REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE()"
    " AND (CONSTRAINT_NAME = 'PRIMARY' OR REFERENCED_COLUMN_NAME IS NOT NULL)"
    " ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION";

constexpr const char* k_found_indexes =
    "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, NON_UNIQUE = 0 FROM information_schema.STATISTICS s"
    " WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME <> 'PRIMARY' AND INDEX_TYPE = 'BTREE'"
    " AND NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS p WHERE p.TABLE_SCHEMA = s.TABLE_SCHEMA"
    "  AND p.TABLE_NAME = s.TABLE_NAME AND p.INDEX_NAME = s.INDEX_NAME"
    "  AND (p.SUB_PART IS NOT NULL OR p.COLUMN_NAME IS NULL))"
    " ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";

/// In MariaDB the type JSON is a text with this condition.
constexpr const char* k_json_checks =
    "SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
    " WHERE CONSTRAINT_SCHEMA = DATABASE() AND CHECK_CLAUSE LIKE 'json\\_valid(`%`)'";
constexpr std::string_view k_json_check_begin = "json_valid(`", k_json_check_end = "`)";

std::string cell_text(const std::optional<std::string_view>& cell) { return std::string{cell.value_or("")}; }

std::optional<unsigned> cell_number(const std::optional<std::string_view>& cell) {
    unsigned number = 0;
    const auto text = cell.value_or("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return number;
}

std::optional<Type> property_type(const std::string& type, const std::string& whole) {
    struct Row {
        std::string_view type;
        Type property;
    };
    constexpr std::array rows = {
        Row{"varchar", Type::string},    Row{"char", Type::string},     Row{"text", Type::string},
        Row{"longtext", Type::string},   Row{"mediumtext", Type::string}, Row{"tinytext", Type::string},
        Row{"enum", Type::string},       Row{"set", Type::string},      Row{"uuid", Type::string},
        Row{"inet4", Type::string},      Row{"inet6", Type::string},    Row{"time", Type::string},
        Row{"int", Type::number},        Row{"bigint", Type::number},   Row{"mediumint", Type::number},
        Row{"smallint", Type::number},   Row{"tinyint", Type::number},  Row{"decimal", Type::number},
        Row{"double", Type::number},     Row{"float", Type::number},    Row{"year", Type::number},
        Row{"datetime", Type::date},     Row{"timestamp", Type::date},  Row{"date", Type::date},
        Row{"json", Type::object}};
    if (whole.starts_with("tinyint(1)")) return Type::boolean;
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.type == type; });
    if (found == rows.end()) return {};
    return found->property;
}

/// As SQL: MySQL has literals without quotation marks, and says which are none.
std::string default_of(const std::optional<std::string_view>& text, std::string_view extra, bool is_mariadb) {
    if (!text || *text == "NULL") return {};
    if (is_mariadb || extra.find("default_generated") != std::string_view::npos) return std::string{*text};
    std::string out = "'";
    for (const char c : *text) out += c == '\'' ? "''" : std::string{c};
    return out + "'";
}

FoundColumn column_of(server::Cells cells, bool is_mariadb) {
    FoundColumn column;
    const auto extra = lowered(cell_text(cells[6]));
    column.name = cell_text(cells[1]);
    column.data_type = lowered(cell_text(cells[2]));
    column.whole_type = cell_text(cells[3]);
    column.type = property_type(column.data_type, lowered(column.whole_type));
    column.nullable = cells[4] == "YES";
    column.counted = extra.find("auto_increment") != std::string::npos;
    column.computed = extra.find("virtual generated") != std::string::npos ||
        extra.find("stored generated") != std::string::npos;
    column.default_sql = default_of(cells[5], extra, is_mariadb);
    // The name alone says nothing without its values.
    if (column.data_type == "enum" || column.data_type == "set") column.data_type = column.whole_type;
    if (column.data_type == "varchar" || column.data_type == "char") column.length = cell_number(cells[7]);
    if (column.data_type == "decimal") {
        column.precision = cell_number(cells[8]);
        column.scale = cell_number(cells[9]);
    }
    return column;
}

asio::awaitable<Status> read_json_checks(Connection& connection, FoundTables& tables,
                                         std::chrono::milliseconds timeout) {
    server::RowSink check = [&](server::Cells cells) {
        auto* table = tables.find(cells[0].value_or(""));
        auto name = cells[1].value_or("").substr(k_json_check_begin.size());
        name.remove_suffix(k_json_check_end.size());
        if (!table) return;
        for (auto& column : table->columns)
            if (column.name == name) column.type = Type::object;
    };
    sql::Query checks{k_json_checks, {}};
    MT_CO_CHECK(co_await connection.run(std::move(checks), std::move(check), timeout));
    co_return Status{};
}

asio::awaitable<Result<std::vector<FoundTable>>> read_tables(Connection& connection,
                                                             std::chrono::milliseconds timeout) {
    FoundTables tables;
    const bool is_mariadb = connection.is_mariadb();
    server::RowSink column = [&](server::Cells cells) {
        // Ours, in tables that we made.
        if (cells[1] == sql::k_extra || cells[1] == k_number) return;
        tables.add(cell_text(cells[0])).columns.push_back(column_of(cells, is_mariadb));
    };
    sql::Query columns{k_found_columns, {}};
    MT_CO_CHECK(co_await connection.run(std::move(columns), std::move(column), timeout));
    if (is_mariadb) MT_CO_CHECK(co_await read_json_checks(connection, tables, timeout));
    server::RowSink key = [&](server::Cells cells) {
        auto* table = tables.find(cells[0].value_or(""));
        if (!table) return;
        if (cells[1] == "PRIMARY") table->primary_key.push_back(cell_text(cells[2]));
        else FoundTables::add_to_key(*table, cell_text(cells[1]), cell_text(cells[2]), cell_text(cells[3]),
                                     cell_text(cells[4]));
    };
    sql::Query keys{k_found_keys, {}};
    MT_CO_CHECK(co_await connection.run(std::move(keys), std::move(key), timeout));
    server::RowSink index = [&](server::Cells cells) {
        if (auto* table = tables.find(cells[0].value_or("")))
            FoundTables::add_to_index(*table, cell_text(cells[1]), cell_text(cells[2]), cells[3] == "1");
    };
    sql::Query indexes{k_found_indexes, {}};
    MT_CO_CHECK(co_await connection.run(std::move(indexes), std::move(index), timeout));
    co_return std::move(tables).take();
}

asio::awaitable<Result<std::vector<FoundTable>>> connect_and_read(asio::any_io_executor executor,
                                                                  server::Settings settings) {
    MT_CO_TRY(const auto* library, Library::load());
    // To look at a database is no reason to make it.
    settings.create_database = false;
    MT_CO_TRY(const auto connection, co_await Connection::open(executor, *library, settings));
    co_return co_await read_tables(*connection, settings.statement_timeout);
}

}  // namespace

Result<std::vector<FoundTable>> discover(boost::asio::io_context& io, const std::filesystem::path& folder,
                                         const Datasource& datasource) {
    MT_TRY(auto settings, server::read_settings(folder, datasource, "mysql", k_discover_port));
    return server::run_to_end(io, connect_and_read(io.get_executor(), std::move(settings)));
}

}  // namespace mt::app::mysql
