#include "tenant-app/connectors/postgresql/discover.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "tenant-app/connectors/postgresql/connection.hpp"
#include "tenant-app/connectors/server/run_to_end.hpp"
#include "tenant-app/data/sql/render.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;

namespace {

constexpr std::uint16_t k_discover_port = 5432;
constexpr const char* k_snapshot = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

// A domain is what it is made of. A type modifier of numeric holds precision and scale (numeric.c), of varchar and char the length.
constexpr const char* k_found_columns =
    "SELECT c.relname, a.attname, format_type(coalesce(b.oid, t.oid), NULL),"
    " format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname), coalesce(b.typtype, t.typtype),"
    " (NOT a.attnotnull)::text, (a.attidentity <> '')::text, (a.attidentity = 'a')::text, (a.attgenerated <> '')::text,"
    " pg_get_expr(d.adbin, d.adrelid), m.typmod::text, has_table_privilege(c.oid, 'SELECT')::text"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'"
    " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS typmod) m"
    " WHERE n.nspname = $1 AND c.relkind IN ('r','p') AND NOT c.relispartition"
    " AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid"
    "  AND e.deptype = 'e') ORDER BY c.relname COLLATE \"C\", a.attnum";

constexpr const char* k_found_keys =
    "SELECT c.relname, k.contype, k.conname, a.attname, CASE WHEN f.relnamespace = n.oid THEN f.relname END, fa.attname"
    " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " CROSS JOIN LATERAL generate_subscripts(k.conkey, 1) AS at"
    " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[at]"
    " LEFT JOIN pg_class f ON f.oid = k.confrelid"
    " LEFT JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = k.confkey[at]"
    " WHERE n.nspname = $1 AND k.contype IN ('p','f') AND k.conparentid = 0"
    " ORDER BY c.relname COLLATE \"C\", k.conname COLLATE \"C\", at";

constexpr const char* k_found_indexes =
    "SELECT c.relname, i.relname, a.attname, x.indisunique::text"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL generate_series(0, x.indnkeyatts - 1) AS at"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[at]"
    " WHERE n.nspname = $1 AND NOT x.indisprimary AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL"
    " ORDER BY c.relname COLLATE \"C\", i.relname COLLATE \"C\", at";

std::string cell_text(const std::optional<std::string_view>& cell) { return std::string{cell.value_or("")}; }

std::optional<Type> property_type(std::string_view name, std::string_view kind) {
    struct Row {
        std::string_view type;
        Type property;
    };
    constexpr std::array rows = {
        Row{"text", Type::string},     Row{"varchar", Type::string}, Row{"bpchar", Type::string},
        Row{"citext", Type::string},   Row{"uuid", Type::string},    Row{"inet", Type::string},
        Row{"cidr", Type::string},     Row{"macaddr", Type::string}, Row{"macaddr8", Type::string},
        Row{"time", Type::string},     Row{"timetz", Type::string},  Row{"interval", Type::string},
        Row{"int2", Type::number},     Row{"int4", Type::number},    Row{"int8", Type::number},
        Row{"numeric", Type::number},  Row{"float4", Type::number},  Row{"float8", Type::number},
        Row{"bool", Type::boolean},    Row{"date", Type::date},      Row{"timestamp", Type::date},
        Row{"timestamptz", Type::date}, Row{"json", Type::object},   Row{"jsonb", Type::object}};
    if (kind == "e") return Type::string;
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.type == name; });
    if (found == rows.end()) return {};
    return found->property;
}

void read_modifier(FoundColumn& column, std::string_view type, std::string_view text) {
    int modifier = -1;
    std::from_chars(text.data(), text.data() + text.size(), modifier);
    if (modifier < 4) return;
    const auto value = static_cast<unsigned>(modifier - 4);
    if (type == "varchar" || type == "bpchar") column.length = value;
    if (type != "numeric") return;
    column.precision = value >> 16;
    // Eleven bits with a sign: a scale below zero rounds to tens and is of no concern to a property.
    const auto scale = value & 0x7FF;
    if (scale < 1024) column.scale = scale;
}

FoundColumn column_of(server::Cells cells) {
    FoundColumn column;
    column.name = cell_text(cells[1]);
    column.data_type = cell_text(cells[2]);
    column.whole_type = cell_text(cells[3]);
    column.type = property_type(cells[4].value_or(""), cells[5].value_or(""));
    column.nullable = cells[6] == "true";
    column.default_sql = cell_text(cells[10]);
    column.counted = cells[7] == "true" || column.default_sql.starts_with("nextval(");
    // An identity that is given "always" takes no value of ours, not even NULL.
    column.computed = cells[8] == "true" || cells[9] == "true";
    read_modifier(column, cells[4].value_or(""), cells[11].value_or(""));
    return column;
}

asio::awaitable<Result<std::vector<FoundTable>>> read_tables(Connection& connection, server::Settings settings) {
    FoundTables tables;
    server::RowSink column = [&](server::Cells cells) {
        if (cells[1] == sql::k_extra) return;  // ours, in tables that we made
        auto& table = tables.add(cell_text(cells[0]));
        table.readable = cells[12] == "true";
        table.columns.push_back(column_of(cells));
    };
    sql::Query columns{k_found_columns, {settings.schema}};
    MT_CO_CHECK(co_await connection.run(std::move(columns), std::move(column), settings.statement_timeout));
    server::RowSink key = [&](server::Cells cells) {
        auto* table = tables.find(cells[0].value_or(""));
        if (!table) return;
        if (cells[1] == "p") table->primary_key.push_back(cell_text(cells[3]));
        else FoundTables::add_to_key(*table, cell_text(cells[2]), cell_text(cells[3]), cell_text(cells[4]),
                                     cell_text(cells[5]));
    };
    sql::Query keys{k_found_keys, {settings.schema}};
    MT_CO_CHECK(co_await connection.run(std::move(keys), std::move(key), settings.statement_timeout));
    server::RowSink index = [&](server::Cells cells) {
        if (auto* table = tables.find(cells[0].value_or("")))
            FoundTables::add_to_index(*table, cell_text(cells[1]), cell_text(cells[2]), cells[3] == "true");
    };
    sql::Query indexes{k_found_indexes, {settings.schema}};
    MT_CO_CHECK(co_await connection.run(std::move(indexes), std::move(index), settings.statement_timeout));
    co_return std::move(tables).take();
}

asio::awaitable<Result<std::vector<FoundTable>>> connect_and_read(asio::any_io_executor executor,
                                                                  server::Settings settings) {
    MT_CO_TRY(const auto* library, Library::load());
    MT_CO_TRY(const auto connection, co_await Connection::open(executor, *library, settings));
    std::string begin = k_snapshot;
    MT_CO_CHECK(co_await connection->script(std::move(begin), settings.statement_timeout));
    co_return co_await read_tables(*connection, settings);
}

}  // namespace

Result<std::vector<FoundTable>> discover(boost::asio::io_context& io, const std::filesystem::path& folder,
                                         const Datasource& datasource) {
    MT_TRY(auto settings, server::read_settings(folder, datasource, "postgres", k_discover_port));
    if (settings.schema.empty()) settings.schema = "public";
    return server::run_to_end(io, connect_and_read(io.get_executor(), std::move(settings)));
}

}  // namespace mt::app::postgresql
