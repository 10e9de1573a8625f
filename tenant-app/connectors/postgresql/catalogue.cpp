#include "tenant-app/connectors/postgresql/catalogue.hpp"

namespace mt::app::postgresql {

namespace asio = server::asio;

namespace {

constexpr const char* k_columns =
    "SELECT c.relname, a.attname, coalesce(b.typname, t.typname), (a.atthasdef OR a.attidentity <> '')::text,"
    " CASE WHEN c.relkind IN ('r','p') THEN"
    "  pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname) END"
    " FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r','p','v','m','f')"
    " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " LEFT JOIN pg_type t ON t.oid = a.atttypid"
    // A domain is compared as what it is made of.
    " LEFT JOIN pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd' WHERE n.nspname = $1";

constexpr const char* k_indexes =
    "SELECT c.relname, i.relname, a.attname,"
    " (x.indisunique AND x.indnkeyatts = CASE WHEN $2 = 'shared' THEN 2 ELSE 1 END AND x.indpred IS NULL"
    "  AND a.attname IS NOT NULL AND ($2 <> 'shared' OR f.attname = '_tenant'))::text"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attribute f ON f.attrelid = c.oid AND f.attnum = x.indkey[0]"
    " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[CASE WHEN $2 = 'shared' THEN 1 ELSE 0 END]"
    " WHERE n.nspname = $1";

constexpr const char* k_sequences =
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'S'";

constexpr const char* k_granted =
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1"
    " AND c.relkind IN ('r','p') AND has_table_privilege($2, c.oid, 'SELECT') AND has_table_privilege($2, c.oid, 'INSERT')"
    " AND has_table_privilege($2, c.oid, 'UPDATE') AND has_table_privilege($2, c.oid, 'DELETE')";

std::string text(const std::optional<std::string_view>& cell) { return std::string{cell.value_or("")}; }

}  // namespace

asio::awaitable<Result<Catalogue>> read_catalogue(Connection& connection, std::string schema, std::string tenant,
                                                  std::chrono::milliseconds timeout) {
    Catalogue catalogue;
    server::RowSink column = [&](server::Cells cells) {
        catalogue.has_schema = true;
        if (!cells[0] || !cells[1]) return;  // nothing in the schema, or a table without columns
        catalogue.tables[text(cells[0])].columns[text(cells[1])] = {text(cells[2]), cells[3] == "true", text(cells[4])};
    };
    sql::Query columns{k_columns, {schema}};
    MT_CO_CHECK(co_await connection.run(std::move(columns), std::move(column), timeout));
    if (!catalogue.has_schema) co_return catalogue;
    server::RowSink index = [&](server::Cells cells) {
        catalogue.indexes.emplace(text(cells[1]), text(cells[0]));
        if (cells[3] == "true") catalogue.tables[text(cells[0])].unique[text(cells[1])] = text(cells[2]);
    };
    sql::Query indexes{k_indexes, {schema, tenant.empty() ? "" : "shared"}};
    MT_CO_CHECK(co_await connection.run(std::move(indexes), std::move(index), timeout));
    if (tenant.empty()) co_return catalogue;
    server::RowSink sequence = [&](server::Cells cells) { catalogue.sequences.insert(text(cells[0])); };
    sql::Query sequences{k_sequences, {schema}};
    MT_CO_CHECK(co_await connection.run(std::move(sequences), std::move(sequence), timeout));
    server::RowSink table = [&](server::Cells cells) { catalogue.granted.insert(text(cells[0])); };
    sql::Query granted{k_granted, {schema, tenant}};
    MT_CO_CHECK(co_await connection.run(std::move(granted), std::move(table), timeout));
    co_return catalogue;
}

}  // namespace mt::app::postgresql
