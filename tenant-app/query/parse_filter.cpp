#include "tenant-app/query/parse_filter.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "tenant-app/query/js.hpp"
#include "tenant-app/query/merge_filter.hpp"
#include "tenant-app/query/parse.hpp"

namespace mt::app {

namespace {

constexpr unsigned k_includes_max = 100;
constexpr std::size_t k_orders_max = 32;

/// LoopBack looks at the limits only if one is truthy; a skip without a limit has one of 100.
Status parse_window(const json& object, Filter& filter) {
    const json& limit = js::member(object, "limit");
    const json& skip = js::is_truthy(js::member(object, "skip")) ? js::member(object, "skip") : js::member(object, "offset");
    if (!js::is_truthy(limit) && !js::is_truthy(skip)) return {};
    const double most = js::is_truthy(limit) ? js::to_number(limit) : 100;
    if (!(most > 0) || most != std::ceil(most)) return refused("The limit parameter " + js::to_json(limit) + " is not valid");
    const double from = js::is_truthy(skip) ? js::to_number(skip) : 0;
    if (!(from >= 0) || from != std::ceil(from)) return refused("The offset/skip parameter " + js::to_json(skip) + " is not valid");
    constexpr double k_max = 9e15;
    filter.limit = static_cast<std::uint64_t>(std::min(most, k_max));
    filter.skip = static_cast<std::uint64_t>(std::min(from, k_max));
    return {};
}

std::vector<std::string> split(std::string_view text, bool (*separator)(char)) {
    std::vector<std::string> parts;
    std::string part;
    for (const char c : text) {
        if (!separator(c)) part += c;
        else if (!part.empty()) parts.push_back(std::exchange(part, {}));
    }
    if (!part.empty()) parts.push_back(part);
    return parts;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// "f1 ASC"; a property that the model does not declare orders nothing.
Status parse_order_token(const Model& model, const std::string& token, Filter& filter) {
    const auto parts = split(token, is_space);
    if (parts.empty()) return {};
    Order order;
    if (parts.size() >= 2) {
        std::string direction = parts[1];
        for (char& c : direction) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        if (direction != "ASC" && direction != "DESC") {
            return refused("The order " + js::to_json(token) + " has invalid direction");
        }
        order.descending = direction == "DESC";
    }
    auto names = split(parts[0], [](char c) { return c == '.'; });
    const auto property = names.empty() ? std::nullopt : model.find_property(names[0]);
    if (!property || names.size() > 16) return {};
    order.property = *property;
    order.path.assign(names.begin() + 1, names.end());
    if (filter.order.size() >= k_orders_max) return refused("The filter orders by too many properties");
    filter.order.push_back(std::move(order));
    return {};
}

Status parse_order(const Model& model, const json& value, Filter& filter) {
    if (!js::is_truthy(value)) return {};
    const json list = value.is_array() ? value : json::array({value});
    for (const auto& item : list) {
        if (!item.is_string()) return refused("The order " + js::to_json(item) + " is not valid");
        for (const auto& part : split(item.get_ref<const std::string&>(), [](char c) { return c == ','; })) {
            auto token = part;
            while (!token.empty() && is_space(token.front())) token.erase(0, 1);
            while (!token.empty() && is_space(token.back())) token.pop_back();
            MT_CHECK(parse_order_token(model, token, filter));
        }
    }
    return {};
}

void select(const Model& model, const std::vector<std::string>& names, Filter& filter) {
    filter.fields.emplace(model.properties.size(), false);
    filter.extra_fields = false;
    for (const auto& name : names) {
        if (const auto property = model.find_property(name)) (*filter.fields)[*property] = true;
        else if (filter.extra_names.size() < 100) filter.extra_names.push_back(name);
    }
}

/// LoopBack's fieldsToArray. Excluding leaves the declared properties that are not excluded.
void parse_fields(const Model& model, const json& fields, Filter& filter) {
    if (fields.is_string()) {
        if (js::is_truthy(fields)) select(model, {fields.get<std::string>()}, filter);
    } else if (fields.is_array()) {
        std::vector<std::string> names;
        for (const auto& name : fields) names.push_back(name.is_string() ? name.get<std::string>() : std::string{});
        if (!fields.empty()) select(model, names, filter);
    } else if (fields.is_object() && !fields.empty()) {
        std::vector<std::string> included, excluded;
        for (const auto& [name, wanted] : fields.items()) (js::is_truthy(wanted) ? included : excluded).push_back(name);
        if (!included.empty()) {
            select(model, included, filter);
            return;
        }
        filter.fields.emplace(model.properties.size(), true);
        filter.extra_fields = false;
        for (const auto& name : excluded) {
            if (const auto property = model.find_property(name)) (*filter.fields)[*property] = false;
        }
    }
}

/// Rows with a `near` condition come nearest first, whatever else orders them.
void order_by_distance(const Where& where, Filter& filter, std::size_t& at) {
    for (const auto& child : where.children) {
        if (where.kind != Where::Kind::related) order_by_distance(child, filter, at);
    }
    if (where.kind != Where::Kind::condition || where.condition.op != Op::near || !where.condition.extra_key.empty()) return;
    Order order;
    order.property = where.condition.property;
    order.path = where.condition.path;
    order.from = point_of(where.condition.operand);
    filter.order.insert(filter.order.begin() + static_cast<std::ptrdiff_t>(at++), std::move(order));
}

}  // namespace

Result<Filter> parse_scope(const Registry& registry, const Model& model, const json& given, unsigned depth, unsigned& budget) {
    if (given.is_null() && !model.scope) return Filter{};
    const json object = model.scope ? merge_filter(given, *model.scope) : given;
    if (!object.is_object()) return refused("Value is not an object.");
    Filter filter;
    MT_TRY(filter.where, parse_where_clause(model, js::member(object, "where")));
    MT_CHECK(parse_window(object, filter));
    MT_CHECK(parse_order(model, js::member(object, "order"), filter));
    std::size_t nearest = 0;
    order_by_distance(filter.where, filter, nearest);
    parse_fields(model, js::member(object, "fields"), filter);
    MT_CHECK(parse_include(registry, model, js::member(object, "include"), depth, budget, filter.include));
    return filter;
}

Result<Filter> parse_related_filter(const Registry& registry, const Relation& relation, const json& filter) {
    const bool scoped = relation.scope && relation.kind != RelationKind::has_many_through;
    return parse_filter(registry, *relation.target, scoped ? merge_filter(filter, *relation.scope) : filter);
}

Status check_scopes(const Registry& registry) {
    const auto check = [&](const Model& model, const Model& about, const std::string& which, const json& scope) -> Status {
        const auto filter = parse_filter(registry, about, scope);
        if (filter.ok()) return {};
        return Error{Errc::invalid_config, model.name + ": " + which + ": " + filter.error().message()};
    };
    for (const auto& model : registry.models) {
        if (model->scope) MT_CHECK(check(*model, *model, "scope", json{}));
        for (const auto& named : model->scopes) MT_CHECK(check(*model, *model, "scope " + named.name, *named.filter));
        for (const auto& relation : model->relations) {
            const auto* about = relation.through ? relation.through : relation.target;
            if (about && relation.scope) MT_CHECK(check(*model, *about, "scope of relation " + relation.name, *relation.scope));
        }
    }
    return {};
}

Result<Filter> parse_filter(const Registry& registry, const Model& model, const json& filter) {
    unsigned budget = k_includes_max;
    return parse_scope(registry, model, filter, 0, budget);
}

}  // namespace mt::app
