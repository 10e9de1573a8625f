#include "tenant-app/query/merge_filter.hpp"

#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

bool says_nothing(const json& value) { return value.is_null() || value.empty() || value == "" || value == false || value == 0; }

/// An include in any of its forms as a list of single ones.
json include_list(const json& include) {
    if (include.is_array()) return include;
    json list = json::array();
    if (include.is_string()) {
        list.push_back(include);
    } else if (include.is_object()) {
        if (include.contains("relation") || include.contains("rel")) return json::array({include});
        for (const auto& [name, inner] : include.items()) list.push_back(json::object({{name, inner}}));
    }
    return list;
}

std::string included_name(const json& include) {
    if (include.is_string()) return include.get<std::string>();
    if (!include.is_object() || include.empty()) return {};
    const auto relation = js::member(include, "relation");
    return relation.is_string() ? relation.get<std::string>() : include.begin().key();
}

}  // namespace

json merge_where(const json& where, const json& other) {
    if (says_nothing(other)) return where;
    if (says_nothing(where)) return other;
    // What is no object is not for merging: whoever parses it says so.
    if (!where.is_object()) return where;
    return json::object({{"and", json::array({where, other})}});
}

json merge_filter(const json& filter, const json& scope) {
    if (!scope.is_object() || !(filter.is_object() || filter.is_null())) return filter;
    json merged = filter.is_null() ? json::object() : filter;
    if (auto where = merge_where(js::member(merged, "where"), js::member(scope, "where")); !where.is_null()) merged["where"] = std::move(where);
    if (const auto include = js::member(scope, "include"); !says_nothing(include)) {
        json list = include_list(include);
        const auto own = include_list(js::member(merged, "include"));
        const auto scoped = list.size();
        for (const auto& one : own) {
            bool same = false;
            for (std::size_t i = 0; i < scoped; ++i) same |= included_name(list[i]) == included_name(one);
            if (!same) list.push_back(one);
        }
        merged["include"] = std::move(list);
    }
    if (says_nothing(js::member(merged, "order")) && scope.contains("order")) merged["order"] = scope["order"];
    for (const char* key : {"fields", "limit", "skip", "offset"}) {
        if (scope.contains(key)) merged[key] = scope[key];
    }
    return merged;
}

void set_values(const Model& model, const json& where, json& data) {
    if (!where.is_object() || !data.is_object()) return;
    for (const auto& [key, value] : where.items()) {
        if (key == "and" && value.is_array()) {
            for (const auto& clause : value) set_values(model, clause, data);
        } else if (model.find_property(key) && !value.is_structured()) {
            data[key] = value;
        }
    }
}

}  // namespace mt::app
