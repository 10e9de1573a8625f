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
    " (x.indisunique AND x.indnkeyatts = 1 AND x.indpred IS NULL AND a.attname IS NOT NULL)::text"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
    " JOIN pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0] WHERE n.nspname = $1";

std::string text(const std::optional<std::string_view>& cell) { return std::string{cell.value_or("")}; }

}  // namespace

asio::awaitable<Result<Catalogue>> read_catalogue(Connection& connection, std::string schema,
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
    sql::Query indexes{k_indexes, {schema}};
    MT_CO_CHECK(co_await connection.run(std::move(indexes), std::move(index), timeout));
    co_return catalogue;
}

}  // namespace mt::app::postgresql
