// Conditions on columns with one plain value each become SQL, so that indexes serve them. Patterns, lists, objects, paths and
// undeclared properties are decided by mt_test(column, condition), a function that the connector defines over the same table of
// operators that the memory connector uses: one meaning on both.
#include "tenant-app/data/sql/render.hpp"

#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app::sql {

namespace {

class Renderer {
public:
    Renderer(Statement& out, const Model& model, bool has_extra) : out_(out), model_(model), has_extra_(has_extra) {}

    void tree(const Where& where) {
        switch (where.kind) {
            case Where::Kind::condition: condition(where.condition); return;
            case Where::Kind::related: related(where); return;
            case Where::Kind::none: out_.text += "NOT "; break;
            case Where::Kind::all:
            case Where::Kind::any: break;
        }
        const bool all = where.kind == Where::Kind::all;
        if (where.children.empty()) {
            out_.text += all ? "1" : "0";
            return;
        }
        out_.text += '(';
        for (std::size_t i = 0; i < where.children.size(); ++i) {
            if (i > 0) out_.text += all ? " AND " : " OR ";
            tree(where.children[i]);
        }
        out_.text += ')';
    }

private:
    /// Below the first level: the table has an alias, which its columns carry.
    Renderer(Statement& out, const Model& model, unsigned& aliases)
        : out_(out), model_(model), has_extra_(false), aliases_(aliases), table_("r" + std::to_string(++aliases)), prefix_(table_ + ".") {
        out_.text += "EXISTS (SELECT 1 FROM " + quote(model.table) + " AS " + table_ + " WHERE ";
    }

    std::string column_of(const Model& model, std::size_t property) const { return quote(model.properties[property].column); }
    /// As seen from a sub-query: with its table's name, lest an inner column hides it.
    std::string outer(std::size_t property) const {
        return (table_.empty() ? quote(model_.table) : table_) + "." + column_of(model_, property);
    }

    void related(const Where& where) {
        const auto& relation = *where.relation;
        const auto keys = keys_of(model_, relation);
        if (!keys) {
            out_.text += '0';
            return;
        }
        if (relation.kind == RelationKind::has_many_through) {
            Renderer between{out_, *relation.through, aliases_};
            out_.text += between.outer(keys->through_here) + " = " + outer(keys->here) + " AND ";
            between.tree(where.children[1]);
            out_.text += " AND ";
            Renderer there{out_, *relation.target, aliases_};
            out_.text += there.outer(keys->there) + " = " + between.outer(keys->through_there) + " AND ";
            there.tree(where.children[0]);
            out_.text += "))";
            return;
        }
        Renderer there{out_, *relation.target, aliases_};
        if (relation.kind == RelationKind::references_many) {
            // A table that others filled may hold what is no JSON.
            const auto list = outer(keys->here);
            out_.text += there.outer(keys->there) + " IN (SELECT value FROM json_each(CASE WHEN json_valid(" + list + ") THEN " + list + " END)) AND ";
        } else {
            out_.text += there.outer(keys->there) + " = " + outer(keys->here) + " AND ";
        }
        there.tree(where.children[0]);
        out_.text += ')';
    }

    void condition(const Condition& c) {
        if (!c.extra_key.empty()) {
            test(has_extra_ ? prefix_ + quote(k_extra) : "NULL", c, nullptr);
            return;
        }
        const auto& property = model_.properties[c.property];
        const auto column = prefix_ + quote(property.column);
        const auto& row = operator_of(c.op);
        const bool pattern = row.operand == Operand::like || row.operand == Operand::regexp || row.operand == Operand::near;
        if (!c.path.empty() || pattern || !is_scalar(property)) test(column, c, &property);
        else scalar(column, property, c, row);
    }

    void test(const std::string& column, const Condition& c, const Property* property) {
        out_.text += "mt_test(" + column + ", ?)";
        out_.parameters.push_back({nullptr, &c, property});
    }

    void bind(const Property& property, const Value& value) { out_.parameters.push_back({stored(property, value), nullptr}); }

    void scalar(const std::string& column, const Property& property, const Condition& c, const Operator& row) {
        const bool null = c.operand.is_null();
        switch (c.op) {
            case Op::eq:
            case Op::neq:
                if (null) {
                    out_.text += column + (c.op == Op::eq ? " IS NULL" : " IS NOT NULL");
                    return;
                }
                // Rows without a value are different from any value.
                out_.text += c.op == Op::eq ? column + " = ?" : "(" + column + " <> ? OR " + column + " IS NULL)";
                bind(property, c.operand);
                return;
            case Op::gt:
            case Op::gte:
            case Op::lt:
            case Op::lte:
                if (null) {
                    out_.text += '0';
                    return;
                }
                out_.text.append(column).append(" ").append(row.sql).append(" ?");
                bind(property, c.operand);
                return;
            case Op::between:
                if (c.operand[0].is_null() || c.operand[1].is_null()) {
                    out_.text += '0';
                    return;
                }
                out_.text += column + " BETWEEN ? AND ?";
                bind(property, c.operand[0]);
                bind(property, c.operand[1]);
                return;
            case Op::inq:
            case Op::nin: list(column, property, c); return;
            case Op::exists: out_.text += column + (c.operand == true ? " IS NOT NULL" : " IS NULL"); return;
            case Op::like:
            case Op::nlike:
            case Op::ilike:
            case Op::nilike:
            case Op::near:
            case Op::regexp: break;  // never scalar
        }
        test(column, c, &property);
    }

    /// The list is one parameter, whatever its length: the statement's text stays the same and is prepared once.
    void list(const std::string& column, const Property& property, const Condition& c) {
        json values = json::array();
        bool null = false;
        for (const auto& item : c.operand) {
            if (item.is_null()) null = true;
            else values.push_back(stored(property, item));
        }
        const bool in = c.op == Op::inq;
        out_.text += "(" + column + (in ? " IN" : " NOT IN") + " (SELECT value FROM json_each(?))";
        // Without a null in the list, rows without a value are outside of it; with one, they are inside.
        if (in == null) out_.text += " OR " + column + " IS NULL";
        else if (!in && null) out_.text += " AND " + column + " IS NOT NULL";
        out_.text += ')';
        out_.parameters.push_back({js::to_json(values), nullptr});
    }

    Statement& out_;
    const Model& model_;
    bool has_extra_;
    unsigned own_aliases_ = 0;
    unsigned& aliases_ = own_aliases_;  // counted over the whole statement
    std::string table_;  ///< the alias; empty at the first level
    std::string prefix_;
};

/// `$."city"` for json_extract. A quotation mark in a name cannot be said there; such a path leads nowhere.
std::string json_path(const std::vector<std::string>& path) {
    std::string out = "$";
    for (const auto& segment : path) out += segment.find('"') == std::string::npos ? ".\"" + segment + "\"" : ".\"\"";
    return out;
}

}  // namespace

bool is_scalar(const Property& property) {
    if (property.array) return false;
    switch (property.type) {
        case Type::string:
        case Type::number:
        case Type::boolean:
        case Type::date: return true;
        case Type::any:
        case Type::object:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return false;
}

std::string quote(std::string_view name) {
    std::string out;
    out.reserve(name.size() + 2);
    out += '"';
    for (auto mark = name.find('"'); mark != std::string_view::npos; mark = name.find('"')) {
        out.append(name.substr(0, mark)).append("\"\"");
        name.remove_prefix(mark + 1);
    }
    return out.append(name) += '"';
}

Value stored(const Property& property, const Value& value) {
    if (value.is_null() || value.is_discarded()) return nullptr;
    if (property.array || !is_scalar(property)) return js::to_json(value);
    if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
    if (value.is_structured()) return js::to_json(value);
    return value;
}

void append_where(Statement& out, const Model& model, const Where& where, bool has_extra) {
    if (where.always()) return;
    out.text += " WHERE ";
    Renderer{out, model, has_extra}.tree(where);
}

void append_order(Statement& out, const Model& model, const Filter& filter, Ordering ordering) {
    // A plus before a column keeps SQLite from using an index for it.
    out.text += ordering == Ordering::sorted ? " ORDER BY +" : " ORDER BY ";
    for (const auto& order : filter.order) {
        const auto column = quote(model.properties[order.property].column);
        if (order.from) {
            out.text += "mt_distance(" + column + ", ?, ?, ?)";
            out.parameters.push_back({js::to_json(json(order.path)), nullptr});
            out.parameters.push_back({order.from->lat, nullptr});
            out.parameters.push_back({order.from->lng, nullptr});
        } else if (order.path.empty()) {
            out.text += column;
        } else {
            out.text += "json_extract(" + column + ", ?)";
            out.parameters.push_back({json_path(order.path), nullptr});
        }
        out.text += order.descending ? " DESC, " : ", ";
    }
    out.text += quote(model.id().column);
}

void append_window(Statement& out, const Filter& filter) {
    if (!filter.limit && filter.skip == 0) return;
    out.text += " LIMIT ? OFFSET ?";
    out.parameters.push_back({filter.limit ? json(static_cast<std::int64_t>(*filter.limit)) : json(-1), nullptr});
    out.parameters.push_back({static_cast<std::int64_t>(filter.skip), nullptr});
}

}  // namespace mt::app::sql
