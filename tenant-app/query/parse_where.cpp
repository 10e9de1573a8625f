// LoopBack's DataAccessObject._coerce: conditions on declared properties are coerced to the property's type, those on others are
// taken as they stand. Its words in errors are kept, because clients show them.
#include <algorithm>

#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/coerce.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/merge_filter.hpp"
#include "tenant-app/query/operators.hpp"
#include "tenant-app/query/parse.hpp"

namespace mt::app {

namespace {

constexpr unsigned k_conditions_max = 1'000;
constexpr unsigned k_values_max = 5'000;
constexpr unsigned k_related_max = 20;

/// What one where clause may use up, with all that is nested in it.
struct Spent {
    unsigned conditions = 0, values = 0, related = 0;
};

/// LoopBack's coerceArray: an array, or an object with the keys 0, 1, 2 … (which qs makes of long lists).
Result<json> to_list(const json& value) {
    constexpr auto k_message = "Value is not an array or object with sequential numeric indices";
    if (value.is_array()) return value;
    if (!value.is_object()) return refused(k_message);
    if (value.empty()) return refused("Value is an empty object");
    json list = json::array();
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto item = value.find(std::to_string(i));
        if (item == value.end()) return refused(k_message);
        list.push_back(*item);
    }
    return list;
}

std::vector<std::string> split_path(std::string_view key) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= key.size();) {
        const auto dot = std::min(key.find('.', start), key.size());
        parts.emplace_back(key.substr(start, dot - start));
        start = dot + 1;
    }
    return parts;
}

class Parser {
public:
    /// `from_afar`: the clause speaks of a related model, whose secrets are not to be guessed.
    Parser(const Model& model, Spent& spent, bool from_afar = false) : model_(model), spent_(spent), from_afar_(from_afar) {}

    Result<Where> object(const json& where, unsigned depth) {
        if (depth > k_depth_max) return refused("The where clause is nested too deeply");
        // What is falsy in JavaScript is no where clause.
        if (where.is_null() || where == false || where == "" || where == 0) return Where{};
        if (!where.is_object()) return refused("The where clause " + js::to_json(where) + " is not an object");
        Where all;
        for (const auto& [key, value] : where.items()) {
            if (++spent_.conditions > k_conditions_max) return refused("The where clause has too many conditions");
            if (key == "and" || key == "or") {
                MT_TRY(auto tree, clauses(key, value, depth));
                all.children.push_back(std::move(tree));
            } else {
                MT_TRY(auto one, condition(where, key, value, depth));
                all.children.push_back(std::move(one));
            }
        }
        if (all.children.size() == 1) return Where{std::move(all.children[0])};
        return all;
    }

private:
    Result<Where> clauses(const std::string& key, const json& value, unsigned depth) {
        const auto list = to_list(value);
        if (!list.ok()) {
            return refused("The " + key + " operator has invalid clauses " + js::to_json(value) + ": " + list.error().message());
        }
        Where tree;
        tree.kind = key == "and" ? Where::Kind::all : Where::Kind::any;
        for (const auto& clause : *list) {
            MT_TRY(auto child, object(clause, depth + 1));
            tree.children.push_back(std::move(child));
        }
        return tree;
    }

    Result<Where> condition(const json& where, const std::string& key, const json& value, unsigned depth) {
        Where node;
        node.kind = Where::Kind::condition;
        auto parts = split_path(key);
        if (parts.size() > k_depth_max) return refused("The property name is nested too deeply");
        const Property* property = nullptr;
        if (from_afar_ && (model_.is_hidden(parts[0]) || model_.is_protected(parts[0]))) {
            return refused("The property " + parts[0] + " of " + model_.name + " cannot be queried");
        }
        if (const auto at = model_.find_property(parts[0])) {
            node.condition.property = *at;
            if (parts.size() == 1) property = &model_.properties[*at];
        } else {
            const auto* relation = model_.find_relation(parts[0]);
            if (relation && (parts.size() > 1 || value.is_object())) return related(*relation, key, value, depth);
            if (from_afar_) return refused("The " + model_.name + " model has no property " + parts[0]);
            node.condition.extra_key = parts[0];
            // Undeclared properties of a model that keeps none: nothing has them.
            if (parts[0].empty()) return Where::nothing();
        }
        node.condition.path.assign(parts.begin() + 1, parts.end());

        const json* operand = &value;
        const Operator* op = &operator_of(Op::eq);
        if (value.is_object()) {
            for (const auto& row : operators()) {
                if (const auto it = value.find(row.name); it != value.end()) {
                    op = &row;
                    operand = &*it;
                    break;
                }
            }
        }
        if (property && operand->is_object()) MT_CHECK(refuse_dollar(where, *operand));
        node.condition.op = op->op;
        return fill(std::move(node), *op, property, key, value, *operand);
    }

    static Status refuse_dollar(const json& where, const json& operand) {
        json found = json::array();
        std::string names;
        for (const auto& [key, ignored] : operand.items()) {
            if (!key.starts_with('$')) continue;
            names += (names.empty() ? "" : ", ") + key;
            found.push_back(key);
        }
        if (found.empty()) return {};
        return refused("Operators \"" + names + "\" are not allowed in query")
            .labelled("OPERATOR_NOT_ALLOWED_IN_QUERY")
            .with_details(js::to_json({{"operators", found}, {"where", where}}));
    }

    Result<Where> fill(Where node, const Operator& op, const Property* property, const std::string& key, const json& clause,
                       const json& operand) {
        const auto invalid = [&](const std::string& why) {
            return refused("The " + key + " property has invalid clause " + js::to_json(clause) + ": " + why);
        };
        const Type type = property ? property->type : Type::any;
        switch (op.operand) {
            case Operand::value: return value(std::move(node), coerce_operand(type, operand));
            case Operand::like:
                if (!operand.is_string()) return invalid("Expected a string or RegExp");
                node.condition.operand = operand;
                return node;
            case Operand::regexp:
                MT_CHECK(regexp(node.condition, operand));
                return node;
            case Operand::near: {
                MT_TRY(node.condition.operand, parse_near(clause));
                return node;
            }
            case Operand::list:
            case Operand::pair: break;
        }
        const auto list = to_list(operand);
        if (!list.ok()) return invalid("Error: " + list.error().message());
        if (op.operand == Operand::pair && list->size() != 2) {
            return invalid("Expected precisely 2 values, received " + std::to_string(list->size()));
        }
        json values = json::array();
        for (const auto& item : *list) {
            if (++spent_.values > k_values_max) return refused("The where clause has too many values");
            auto one = coerce_operand(type, item);
            // Nothing equals it: it adds nothing to a list, and empties a range.
            if (!is_undefined(one)) values.push_back(std::move(one));
            else if (op.operand == Operand::pair) return Where::nothing();
        }
        node.condition.operand = std::move(values);
        return node;
    }

    static Result<Where> value(Where node, Value operand) {
        if (is_undefined(operand)) return node.condition.op == Op::neq ? Where{} : Where::nothing();
        node.condition.operand = std::move(operand);
        return node;
    }

    /// utils.toRegExp: "^A", or "/^a/i" with flags.
    static Status regexp(Condition& condition, const json& operand) {
        if (!operand.is_string()) return refused("Invalid argument, must be a string, regex literal, or RegExp object");
        auto text = operand.get<std::string>();
        const auto slash = text.rfind('/');
        const auto first = text.find('/');
        if (first != std::string::npos && first + 1 < text.size()) {
            const auto flags = text.substr(slash + 1);
            std::string bad;
            for (const char c : flags) {
                if (c != 'i' && c != 'g' && c != 'm') bad += (bad.empty() ? "" : ",") + std::string{c};
            }
            if (!bad.empty()) return refused("Invalid regex flags: " + bad);
            condition.flags = flags;
            text = slash > 0 ? text.substr(1, slash - 1) : std::string{};
        }
        condition.operand = text;
        return {};
    }

    /// Beyond LoopBack: `{"orders": {"total": {"gt": 100}}}`, or "orders.total", on the rows that a relation leads to.
    Result<Where> related(const Relation& relation, const std::string& key, const json& value, unsigned depth) {
        const auto dot = key.find('.');
        const json clause = dot == std::string::npos ? value : json::object({{key.substr(dot + 1), value}});
        // A user's tokens are no one's to guess.
        if (relation.disable_include) return refused("The relation " + relation.name + " of " + model_.name + " cannot be queried");
        if (relation.embeds()) return object(embedded_clause(relation.foreign_key, clause, depth), depth + 1);
        const auto keys = keys_of(model_, relation);
        if (!keys) return refused("The relation " + relation.name + " of " + model_.name + " cannot be queried");
        if (++spent_.related > k_related_max) return refused("The where clause speaks of too many related models");
        const auto& target = *relation.target;
        const bool through = relation.kind == RelationKind::has_many_through;
        const auto scoped = [](const std::shared_ptr<const json>& scope, const json& where) {
            return scope && scope->contains("where") ? merge_where(where, (*scope)["where"]) : where;
        };
        Where node;
        node.kind = Where::Kind::related;
        node.relation = &relation;
        const json whole = scoped(target.scope, clause);
        MT_TRY(auto there, Parser(target, spent_, true).object(through ? whole : scoped(relation.scope, whole), depth + 1));
        Where named;
        if (keys->discriminator) named = Where::equals(*keys->discriminator, discriminator_of(model_, relation));
        if (!through) {
            node.children.push_back(Where::both(std::move(there), std::move(named)));
            return node;
        }
        MT_TRY(auto between, Parser(*relation.through, spent_).object(scoped(relation.scope, json{}), depth + 1));
        node.children.push_back(std::move(there));
        node.children.push_back(Where::both(std::move(between), std::move(named)));
        return node;
    }

    /// What is embedded is a part of the row: the clause's properties are paths below the holder's.
    static json embedded_clause(const std::string& property, const json& clause, unsigned depth) {
        if (!clause.is_object() || depth > k_depth_max) return clause;
        json out = json::object();
        for (const auto& [key, value] : clause.items()) {
            if ((key == "and" || key == "or") && value.is_array()) {
                json list = json::array();
                for (const auto& one : value) list.push_back(embedded_clause(property, one, depth + 1));
                out[key] = std::move(list);
            } else {
                out[property + "." + key] = value;
            }
        }
        return out;
    }

    const Model& model_;
    Spent& spent_;
    bool from_afar_;
};

}  // namespace

Result<Where> parse_where_clause(const Model& model, const json& where) {
    Spent spent;
    return Parser{model, spent}.object(where, 0);
}

Result<Where> parse_where(const Registry&, const Model& model, const json& where) {
    if (!where.is_null() && !where.is_object()) return refused("Value is not an object.");
    if (!model.scope || !model.scope->contains("where")) return parse_where_clause(model, where);
    return parse_where_clause(model, merge_where(where, (*model.scope)["where"]));
}

}  // namespace mt::app
