#include "tenant-app/connectors/mongodb/conditions.hpp"

#include <algorithm>

#include "tenant-app/connectors/mongodb/values.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app::mongodb {

namespace {

bool absent(const Value& value) { return value.is_null() || value.is_discarded(); }

/// A text that is no UTF-8 cannot be in a message.
bool can_be_said(const Value& value) {
    return !value.is_structured() && (!value.is_string() || js::is_utf8(value.get_ref<const std::string&>()));
}

bool is_plain(const Property& property) {
    if (property.array) return false;
    switch (property.type) {
        case Type::string:
        case Type::number:
        case Type::boolean:
        case Type::date: return true;
        case Type::any: return property.id;
        case Type::object:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return false;
}

/// Whether rows are before and behind each other in the server as they are here.
bool has_order(const Table& table, std::size_t position) {
    return table.property(position).type != Type::any && !table.object_ids[position];
}

bool says_exactly(const Table& table, const Condition& c) {
    if (!c.extra_key.empty() || !c.path.empty()) return false;
    const auto& property = table.property(c.property);
    if (!is_plain(property)) return false;
    switch (c.op) {
        case Op::eq:
        case Op::neq:
        case Op::exists: return can_be_said(c.operand);
        case Op::gt:
        case Op::gte:
        case Op::lt:
        case Op::lte: return has_order(table, c.property) && can_be_said(c.operand);
        case Op::inq:
        case Op::nin: return std::all_of(c.operand.begin(), c.operand.end(), can_be_said);
        case Op::between:
            return has_order(table, c.property) && std::all_of(c.operand.begin(), c.operand.end(), can_be_said);
        case Op::like:
        case Op::nlike:
        case Op::ilike:
        case Op::nilike:
        case Op::near:
        case Op::regexp: break;
    }
    return false;
}

/// What stands for a condition that cannot be said: something that always holds, or never.
enum class Bound : std::uint8_t { superset, subset };

class ConditionMaker {
public:
    ConditionMaker(const Library& library, const Table& table) : library_(library), table_(table) {}

    Document tree(const Where& where, Bound bound) const {
        switch (where.kind) {
            case Where::Kind::condition:
                if (says_exactly(table_, where.condition)) return condition(where.condition);
                return bound == Bound::superset ? always() : never();
            case Where::Kind::related: return bound == Bound::superset ? always() : never();
            case Where::Kind::all: return where.children.empty() ? always() : joined("$and", where, bound);
            case Where::Kind::any: return where.children.empty() ? never() : joined("$or", where, bound);
            case Where::Kind::none: break;
        }
        if (where.children.empty()) return always();
        return joined("$nor", where, bound == Bound::superset ? Bound::subset : Bound::superset);
    }

private:
    Document always() const { return Document{library_}; }

    Document never() const {
        Document in{library_}, out{library_};
        in.list("$in", Document{library_});
        out.child("_id", in);
        return out;
    }

    Document joined(const char* operation, const Where& where, Bound bound) const {
        Document parts{library_}, out{library_};
        for (const auto& child : where.children) parts.child(parts.next_index(), tree(child, bound));
        out.list(operation, parts);
        return out;
    }

    Document on_field(const Condition& c, const Document& test) const {
        Document out{library_};
        out.child(table_.fields[c.property], test);
        return out;
    }

    Document condition(const Condition& c) const {
        switch (c.op) {
            case Op::eq: return among(c, json::array({c.operand}), false);
            case Op::neq: return among(c, json::array({c.operand}), true);
            case Op::exists: return among(c, json::array({nullptr}), c.operand == true);
            case Op::inq: return among(c, c.operand, false);
            case Op::nin: return among(c, c.operand, true);
            case Op::gt: return compared(c, {{"$gt", &c.operand}});
            case Op::gte: return compared(c, {{"$gte", &c.operand}});
            case Op::lt: return compared(c, {{"$lt", &c.operand}});
            case Op::lte: return compared(c, {{"$lte", &c.operand}});
            case Op::between: return compared(c, {{"$gte", &c.operand[0]}, {"$lte", &c.operand[1]}});
            case Op::like:
            case Op::nlike:
            case Op::ilike:
            case Op::nilike:
            case Op::near:
            case Op::regexp: break;
        }
        return always();
    }

    /// A null among the values stands for rows without one.
    Document among(const Condition& c, const Value& values, bool negated) const {
        Document forms{library_}, test{library_};
        for (const auto& value : values) {
            if (absent(value)) forms.null(forms.next_index());
            else append_forms(forms, table_, c.property, value);
        }
        test.list(negated ? "$nin" : "$in", forms);
        return on_field(c, test);
    }

    /// Nothing is before or behind a null.
    Document compared(const Condition& c, std::initializer_list<std::pair<const char*, const Value*>> limits) const {
        Document test{library_};
        for (const auto& [operation, limit] : limits) {
            if (absent(*limit)) return never();
            append_stored(test, table_, c.property, operation, *limit);
        }
        return on_field(c, test);
    }

    const Library& library_;
    const Table& table_;
};

}  // namespace

bool is_exact(const Table& table, const Where& where) {
    switch (where.kind) {
        case Where::Kind::condition: return says_exactly(table, where.condition);
        case Where::Kind::related: return false;
        case Where::Kind::all:
        case Where::Kind::any:
        case Where::Kind::none: break;
    }
    return std::all_of(where.children.begin(), where.children.end(),
                       [&](const Where& child) { return is_exact(table, child); });
}

bool sorts(const Table& table, const Order& order) {
    return !order.from && order.path.empty() && is_plain(table.property(order.property));
}

Document condition_of(const Library& library, const Table& table, const Where& where) {
    return ConditionMaker{library, table}.tree(where, Bound::superset);
}

}  // namespace mt::app::mongodb
