#include "tenant-app/connectors/sqlite/discover.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mt::app::sqlite {

namespace {

constexpr const char* k_found_columns =
    "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden, t.wr"
    " FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c"
    " WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " ORDER BY t.name, c.cid";

constexpr const char* k_found_keys =
    "SELECT t.name, k.id, k.\"from\", k.\"table\", k.\"to\" FROM pragma_table_list t"
    " JOIN pragma_foreign_key_list(t.name) k WHERE t.schema = 'main' AND t.type = 'table' ORDER BY t.name, k.id DESC, k.seq";

constexpr const char* k_found_indexes =
    "SELECT t.name, i.name, c.name, i.\"unique\" FROM pragma_table_list t JOIN pragma_index_list(t.name) i"
    " JOIN pragma_index_info(i.name) c WHERE t.schema = 'main' AND t.type = 'table' AND i.origin <> 'pk'"
    " AND i.partial = 0 AND NOT EXISTS (SELECT 1 FROM pragma_index_info(i.name) e WHERE e.name IS NULL)"
    " ORDER BY t.name, i.name, c.seqno";

/// A row of a query whose statement is kept.
class Row {
public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    std::string text(int at) const {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, at));
        return text ? text : "";
    }
    int number(int at) const { return sqlite3_column_int(statement_, at); }

private:
    sqlite3_stmt* statement_;
};

template <class Each>
Status for_each_row(Database& database, const char* sql, Each each) {
    MT_TRY(auto* statement, database.prepare(sql));
    const Resetting resetting{statement};
    int step = SQLITE_DONE;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) each(Row{statement});
    if (step != SQLITE_DONE) return database.error();
    return {};
}

std::string capitals(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return text;
}

/// By what the declared type contains, as SQLite itself finds a column's affinity (datatype3.html, section 3.1).
std::optional<Type> property_type(const std::string& declared) {
    struct Part {
        std::string_view part;
        Type property;
    };
    constexpr std::array parts = {
        Part{"BOOL", Type::boolean}, Part{"DATE", Type::date},    Part{"TIMESTAMP", Type::date},
        Part{"TIME", Type::string},  Part{"JSON", Type::object},  Part{"UUID", Type::string},
        Part{"POINT", Type::string}, Part{"INT", Type::number},   Part{"CHAR", Type::string},
        Part{"CLOB", Type::string},  Part{"TEXT", Type::string},  Part{"STRING", Type::string},
        Part{"REAL", Type::number},  Part{"FLOA", Type::number},  Part{"DOUB", Type::number},
        Part{"NUM", Type::number},   Part{"DEC", Type::number}};
    if (declared.empty()) return Type::string;
    const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
        return declared.find(part.part) != std::string::npos;
    });
    if (found == parts.end()) return {};
    return found->property;
}

/// VARCHAR(40), DECIMAL(10,2): the type without its numbers, and these.
void read_declaration(FoundColumn& column) {
    const auto open = column.whole_type.find('(');
    column.data_type = column.whole_type.substr(0, open);
    while (column.data_type.ends_with(' ')) column.data_type.pop_back();
    if (open == std::string::npos) return;
    const char* at = column.whole_type.data() + open + 1;
    const char* end = column.whole_type.data() + column.whole_type.size();
    unsigned first = 0, second = 0;
    const auto [after, error] = std::from_chars(at, end, first);
    if (error != std::errc{}) return;
    if (column.type == Type::string) column.length = first;
    if (column.type != Type::number) return;
    column.precision = first;
    at = std::find_if(after, end, [](char c) { return c != ',' && c != ' '; });
    if (std::from_chars(at, end, second).ec == std::errc{}) column.scale = second;
}

FoundColumn column_of(const Row& row) {
    FoundColumn column;
    column.name = row.text(1);
    column.whole_type = row.text(2);
    column.type = property_type(capitals(column.whole_type));
    column.nullable = row.number(3) == 0;
    column.default_sql = row.text(4);
    column.computed = row.number(6) != 0;
    read_declaration(column);
    if (capitals(column.default_sql) == "NULL") column.default_sql.clear();
    return column;
}

/// An INTEGER that is the whole primary key is the rowid, which SQLite gives (lang_createtable.html, section 5).
void find_rowid(FoundTable& table) {
    if (table.primary_key.size() != 1) return;
    for (auto& column : table.columns) {
        if (column.name != table.primary_key.front() || capitals(column.whole_type) != "INTEGER") continue;
        column.counted = true;
        column.nullable = false;
    }
}

Status read_columns(Database& database, FoundTables& tables, std::vector<std::string>& without_rowid) {
    return for_each_row(database, k_found_columns, [&](const Row& row) {
        auto& table = tables.add(row.text(0));
        if (row.number(7) != 0 && (without_rowid.empty() || without_rowid.back() != table.name))
            without_rowid.push_back(table.name);
        const auto place = static_cast<std::size_t>(row.number(5));
        if (place > table.primary_key.size()) table.primary_key.resize(place);
        if (place > 0) table.primary_key[place - 1] = row.text(1);
        if (row.text(1) != sql::k_extra) table.columns.push_back(column_of(row));  // that one is ours
    });
}

Status read_keys(Database& database, FoundTables& tables) {
    return for_each_row(database, k_found_keys, [&](const Row& row) {
        auto* table = tables.find(row.text(0));
        if (!table) return;
        auto target = row.text(3), column = row.text(4);
        // Without a column it is the primary key; names are alike in any case.
        for (const auto& other : tables.all())
            if (capitals(other.name) == capitals(target)) target = other.name;
        if (const auto* other = tables.find(target); other && column.empty() && other->primary_key.size() == 1)
            column = other->primary_key.front();
        FoundTables::add_to_key(*table, row.text(1), row.text(2), target, std::move(column));
    });
}

}  // namespace

Result<std::vector<FoundTable>> discover(Database& database) {
    FoundTables tables;
    std::vector<std::string> without_rowid;
    MT_CHECK(read_columns(database, tables, without_rowid));
    for (auto& table : tables.all())
        if (std::find(without_rowid.begin(), without_rowid.end(), table.name) == without_rowid.end()) find_rowid(table);
    MT_CHECK(read_keys(database, tables));
    MT_CHECK(for_each_row(database, k_found_indexes, [&](const Row& row) {
        if (auto* table = tables.find(row.text(0)))
            FoundTables::add_to_index(*table, row.text(1), row.text(2), row.number(3) != 0);
    }));
    return std::move(tables).take();
}

}  // namespace mt::app::sqlite
