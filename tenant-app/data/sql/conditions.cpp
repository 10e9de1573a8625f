#include "tenant-app/data/sql/conditions.hpp"

#include <algorithm>

#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app::sql {

namespace {

constexpr std::size_t k_like_bytes_max = 2000;  // as query/pattern.cpp: longer ones match nothing

bool holdable(const Dialect& dialect, Kind kind, const Value& value) {
    const auto* text = value.get_ptr<const std::string*>();
    return !text || dialect.can_hold(kind, *text);
}

bool has_order(const Table& table, std::size_t property) {
    return table.columns[property].kind != Kind::uuid && table.model->properties[property].type != Type::any;
}

bool says_exactly(const Dialect& dialect, const Table& table, const Condition& c) {
    if (!c.extra_key.empty() || !c.path.empty() || !is_plain(table, c.property)) return false;
    const auto kind = table.columns[c.property].kind;
    switch (c.op) {
        case Op::eq:
        case Op::neq:
        case Op::exists: return true;
        case Op::inq:
        case Op::nin: return c.operand.size() <= dialect.list_max();
        case Op::gt:
        case Op::gte:
        case Op::lt:
        case Op::lte: return has_order(table, c.property) && holdable(dialect, kind, c.operand);
        case Op::between:
            return has_order(table, c.property) && holdable(dialect, kind, c.operand[0]) &&
                holdable(dialect, kind, c.operand[1]);
        case Op::like:
        case Op::nlike:
            return kind == Kind::text && c.operand.is_string() && holdable(dialect, kind, c.operand) &&
                c.operand.get_ref<const std::string&>().size() <= k_like_bytes_max;
        case Op::ilike:
        case Op::nilike:
        case Op::near:
        case Op::regexp: break;
    }
    return false;
}

/// What stands for a condition that cannot be said: something that always holds, or never.
enum class Sense : std::uint8_t { superset, subset };

class ConditionWriter {
public:
    ConditionWriter(Query& out, const Dialect& dialect, const TableOf& table_of, const Table& table)
        : out_(out), dialect_(dialect), table_of_(table_of), table_(table), name_(table.name) {}

    void tree(const Where& where, Sense sense) {
        switch (where.kind) {
            case Where::Kind::condition:
                if (says_exactly(dialect_, table_, where.condition)) condition(where.condition);
                else out_.text += sense == Sense::superset ? "TRUE" : "FALSE";
                return;
            case Where::Kind::related:
                if (is_exact(dialect_, table_of_, table_, where)) related(where);
                else out_.text += sense == Sense::superset ? "TRUE" : "FALSE";
                return;
            case Where::Kind::none:
                out_.text += '(';
                children(where, sense == Sense::superset ? Sense::subset : Sense::superset);
                out_.text += " IS NOT TRUE)";
                return;
            case Where::Kind::all:
            case Where::Kind::any: children(where, sense); return;
        }
    }

    /// Whatever else is asked for: of a table that tenants share no other's rows.
    void own_rows() {
        if (!table_.tenant.empty())
            out_.text += name_ + "." + dialect_.quote(k_tenant) + " = " + table_.tenant + " AND ";
    }

    void related(const Where& where) {
        const auto& relation = *where.relation;
        const auto keys = keys_of(*table_.model, relation);
        if (!keys) {
            out_.text += "FALSE";
            return;
        }
        if (relation.kind == RelationKind::has_many_through) {
            ConditionWriter between{*this, *relation.through};
            out_.text += between.column(keys->through_here) + " = " + column(keys->here) + " AND ";
            between.tree(where.children[1], Sense::subset);
            out_.text += " AND ";
            ConditionWriter there{between, *relation.target};
            out_.text += there.column(keys->there) + " = " + between.column(keys->through_there) + " AND ";
            there.tree(where.children[0], Sense::subset);
            out_.text += "))";
            return;
        }
        ConditionWriter there{*this, *relation.target};
        if (relation.kind == RelationKind::references_many)
            out_.text += dialect_.holds(column(keys->here),
                                        {there.column(keys->there), there.table_.columns[keys->there].kind});
        else out_.text += there.column(keys->there) + " = " + column(keys->here);
        out_.text += " AND ";
        there.tree(where.children[0], Sense::subset);
        out_.text += ')';
    }

private:
    /// Of a sub-query, which it begins: the table has an alias, which its columns carry.
    ConditionWriter(const ConditionWriter& outer, const Model& model)
        : out_(outer.out_), dialect_(outer.dialect_), table_of_(outer.table_of_), table_(table_of_(model)),
            depth_(outer.depth_ + 1),
          name_("r" + std::to_string(depth_)) {
        out_.text += "EXISTS (SELECT 1 FROM " + table_.name + " AS " + name_ + " WHERE ";
        own_rows();
    }

    std::string column(std::size_t property) const { return name_ + "." + table_.columns[property].name; }

    void children(const Where& where, Sense sense) {
        const bool all = where.kind == Where::Kind::all;
        if (where.children.empty()) {
            out_.text += all ? "TRUE" : "FALSE";
            return;
        }
        out_.text += '(';
        for (std::size_t i = 0; i < where.children.size(); ++i) {
            if (i > 0) out_.text += all ? " AND " : " OR ";
            tree(where.children[i], sense);
        }
        out_.text += ')';
    }

    void condition(const Condition& c) {
        const auto name = column(c.property);
        const auto& described = table_.columns[c.property];
        switch (c.op) {
            case Op::exists: out_.text += name + (c.operand == true ? " IS NOT NULL" : " IS NULL"); return;
            case Op::eq: equal(c, name, false); return;
            case Op::neq: equal(c, name, true); return;
            case Op::inq: list(c, name, false); return;
            case Op::nin: list(c, name, true); return;
            case Op::between:
                if (c.operand[0].is_null() || c.operand[1].is_null()) out_.text += "FALSE";
                else between(c, ordered(described));
                return;
            case Op::like:
            case Op::nlike: like(c, name); return;
            case Op::gt:
            case Op::gte:
            case Op::lt:
            case Op::lte:
            case Op::ilike:
            case Op::nilike:
            case Op::near:
            case Op::regexp: break;
        }
        if (c.operand.is_null()) {
            out_.text += "FALSE";
            return;
        }
        out_.text.append(ordered(described)).append(" ").append(operator_of(c.op).sql).append(" ");
        operand(c.property, c.operand);
    }

    std::string ordered(const Column& described) const {
        return dialect_.ordered({name_ + "." + described.name, described.kind, described.by_bytes});
    }

    void operand(std::size_t property, const Value& value) {
        const auto kind = table_.columns[property].kind;
        dialect_.operand(out_, kind, value, *dialect_.encode(table_.model->properties[property], kind, value));
    }

    bool may_hold(std::size_t property, const Value& value) const {
        return holdable(dialect_, table_.columns[property].kind, value);
    }

    void equal(const Condition& c, const std::string& name, bool negated) {
        if (c.operand.is_null()) {
            out_.text += name + (negated ? " IS NOT NULL" : " IS NULL");
            return;
        }
        if (!may_hold(c.property, c.operand)) {
            out_.text += negated ? "TRUE" : "FALSE";
            return;
        }
        // Rows without a value are different from any value.
        out_.text += negated ? "(" + name + " <> " : name + " = ";
        operand(c.property, c.operand);
        if (negated) out_.text += " OR " + name + " IS NULL)";
    }

    void between(const Condition& c, const std::string& name) {
        out_.text += name + " BETWEEN ";
        operand(c.property, c.operand[0]);
        out_.text += " AND ";
        operand(c.property, c.operand[1]);
    }

    void like(const Condition& c, const std::string& name) {
        const bool negated = c.op == Op::nlike;
        out_.text += negated ? "(" + name + " NOT LIKE " : name + " LIKE ";
        dialect_.operand(out_, Kind::text, c.operand, like_pattern(c.operand.get_ref<const std::string&>(), !negated));
        if (negated) out_.text += " OR " + name + " IS NULL)";
    }

    void list(const Condition& c, const std::string& name, bool negated) {
        const auto kind = table_.columns[c.property].kind;
        std::vector<Value> values;
        std::vector<std::string> texts;
        bool null = false;
        for (const auto& item : c.operand) {
            if (item.is_null() || item.is_discarded()) null = true;
            else if (may_hold(c.property, item)) {
                values.push_back(item);
                texts.push_back(*dialect_.encode(table_.model->properties[c.property], kind, item));
            }
        }
        out_.text += '(';
        if (values.empty()) {
            out_.text += negated ? "TRUE" : "FALSE";
        } else {
            out_.text += name;
            dialect_.among(out_, kind, values, std::move(texts), negated);
        }
        // Without a null in the list, rows without a value are outside of it; with one, they are inside.
        if (negated != null) out_.text += " OR " + name + " IS NULL";
        else if (negated) out_.text += " AND " + name + " IS NOT NULL";
        out_.text += ')';
    }

    Query& out_;
    const Dialect& dialect_;
    const TableOf& table_of_;
    const Table& table_;
    unsigned depth_ = 0;
    std::string name_;  ///< the table's, or its alias
};

}  // namespace

bool is_plain(const Table& table, std::size_t position) {
    const auto& property = table.model->properties[position];
    if (property.array) return false;
    const auto kind = table.columns[position].kind;
    switch (property.type) {
        case Type::string: return kind == Kind::text || kind == Kind::uuid;
        case Type::number: return kind == Kind::number;
        case Type::boolean: return kind == Kind::boolean;
        case Type::date: return kind == Kind::time;
        case Type::any: return property.id && kind == Kind::text;
        case Type::object:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return false;
}

bool is_exact(const Dialect& dialect, const TableOf& table_of, const Table& table, const Where& where) {
    switch (where.kind) {
        case Where::Kind::condition: return says_exactly(dialect, table, where.condition);
        case Where::Kind::related: {
            const auto& relation = *where.relation;
            const bool there = is_exact(dialect, table_of, table_of(*relation.target), where.children[0]);
            const bool through = relation.kind == RelationKind::has_many_through;
            return there && (!through || is_exact(dialect, table_of, table_of(*relation.through), where.children[1]));
        }
        case Where::Kind::all:
        case Where::Kind::any:
        case Where::Kind::none: break;
    }
    return std::all_of(where.children.begin(), where.children.end(),
                       [&](const Where& child) { return is_exact(dialect, table_of, table, child); });
}

void append_condition(Query& query, const Dialect& dialect, const TableOf& table_of, const Table& table,
                      const Where& where) {
    ConditionWriter writer{query, dialect, table_of, table};
    writer.own_rows();
    writer.tree(where, Sense::superset);
}

void append_related(Query& query, const Dialect& dialect, const TableOf& table_of, const Table& table,
                    const Where& where) {
    ConditionWriter{query, dialect, table_of, table}.related(where);
}

std::string like_pattern(std::string_view pattern, bool anywhere) {
    std::string out;
    bool open = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        char c = pattern[i];
        if (c == '%' || c == '_') {
            open = open || c == '%';
            out += c;
            continue;
        }
        if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
        if (c == '%' || c == '_' || c == '\\') out += '\\';
        out += c;
    }
    if (anywhere && !open && !out.empty()) return "%" + out + "%";
    return out;
}

}  // namespace mt::app::sql
