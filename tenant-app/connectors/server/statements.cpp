#include "tenant-app/connectors/server/statements.hpp"

#include "tenant-app/connectors/server/values.hpp"
#include "tenant-app/data/sql/render.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app::server {

using sql::Query;
using sql::Table;

namespace {

std::string columns_of(const Table& table, const sql::Dialect& dialect) {
    std::string out;
    for (const auto& column : table.columns) out += (out.empty() ? "" : ", ") + column.name;
    if (table.has_extra) out += ", " + dialect.quote(sql::k_extra);
    return out;
}

}  // namespace

Query Statements::select(const Table& table, const Filter& filter) const {
    Query query{"SELECT " + columns_of(table, dialect) + " FROM " + table.name, {}};
    add_where(query, table, filter.where);
    query.text += " ORDER BY ";
    bool by_id = false;
    for (const auto& order : filter.order) {
        by_id = order.property == table.model->id_index;
        query.text += dialect.ordered(table.columns[order.property]);
        if (by_id) query.text += order.descending ? " DESC" : "";
        else query.text += dialect.direction(order.descending);
        if (by_id) break;  // no two rows are equal in it
        query.text += ", ";
    }
    if (!by_id) query.text += dialect.ordered(table.id());
    dialect.window(query, filter.limit, filter.skip);
    return query;
}

Query Statements::piece(const Table& table, const Where& where, const Residual& residual, const Value& after,
                        bool locked) const {
    Query query{"SELECT " + columns_of(table, dialect), {}};
    for (const auto* related : residual.related()) {
        query.text += ", CASE WHEN ";
        sql::append_related(query, dialect, table_of, table, *related);
        query.text += " THEN 1 ELSE 0 END";
    }
    query.text += " FROM " + table.name + " WHERE ";
    sql::append_condition(query, dialect, table_of, table, where);
    if (!after.is_null()) {
        const auto kind = table.id().kind;
        query.text += " AND " + dialect.ordered(table.id()) + " > ";
        dialect.operand(query, kind, after, *dialect.encode(table.model->id(), kind, after));
    }
    query.text += " ORDER BY " + dialect.ordered(table.id());
    dialect.window(query, k_piece_rows, 0);
    if (locked) query.text += " FOR UPDATE";
    return query;
}

Query Statements::count(const Table& table, const Where& where) const {
    Query query{"SELECT count(*) FROM " + table.name, {}};
    add_where(query, table, where);
    return query;
}

Query Statements::update(const Table& table, const Record& changes, bool all) const {
    const auto& properties = table.model->properties;
    Query query;
    const char* separator = " SET ";
    for (std::size_t i = 0; i < properties.size(); ++i) {
        if (i == table.model->id_index || (!all && is_undefined(changes.values[i]))) continue;
        query.text += separator + table.columns[i].name + " = ";
        dialect.store(query, dialect.encode(properties[i], table.columns[i].kind, changes.values[i]));
        separator = ", ";
    }
    const bool some = changes.extra.is_object() && !changes.extra.empty();
    if (table.has_extra && (all || some)) {
        const auto extra = dialect.quote(sql::k_extra);
        query.text += separator + extra + " = ";
        if (!all) dialect.merge(query, extra, well_formed(js::to_json(changes.extra)));
        else dialect.store(query, some ? std::optional{well_formed(js::to_json(changes.extra))} : std::nullopt);
        separator = ", ";
    }
    // A row of an id alone has nothing to set, but has to be there to be replaced.
    if (query.text.empty() && all) query.text = " SET " + table.id().name + " = " + table.id().name;
    if (!query.text.empty()) query.text.insert(0, "UPDATE " + table.name);
    return query;
}

Query Statements::destroy(const Table& table) const { return {"DELETE FROM " + table.name, {}}; }

void Statements::add_where(Query& query, const Table& table, const Where& where) const {
    if (where.always() && table.tenant.empty()) return;
    query.text += " WHERE ";
    sql::append_condition(query, dialect, table_of, table, where);
}

void Statements::add_ids(Query& query, const Table& table, std::span<const Value> ids) const {
    const auto kind = table.id().kind;
    std::vector<std::string> texts;
    for (const auto& id : ids) texts.push_back(*dialect.encode(table.model->id(), kind, id));
    query.text += " WHERE ";
    if (!table.tenant.empty()) query.text += dialect.quote(sql::k_tenant) + " = " + table.tenant + " AND ";
    query.text += table.id().name;
    dialect.among(query, kind, ids, std::move(texts), false);
}

Record Statements::record_of(const Table& table, std::span<const std::optional<std::string_view>> cells) const {
    const auto& properties = table.model->properties;
    Record record{*table.model};
    for (std::size_t i = 0; i < properties.size(); ++i)
        record.values[i] = cells[i] ? dialect.decode(properties[i], table.columns[i].kind, *cells[i]) : Value{};
    if (table.has_extra && cells[properties.size()]) {
        record.extra = parse_stored(*cells[properties.size()]);
        if (!record.extra.is_object()) record.extra = nullptr;
    }
    return record;
}

}  // namespace mt::app::server
