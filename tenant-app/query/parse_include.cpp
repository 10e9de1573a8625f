#include <algorithm>

#include "tenant-app/query/parse.hpp"

namespace mt::app {

namespace {

constexpr unsigned k_depth_max = 16;

Result<Include*> add(const Model& model, const std::string& name, unsigned& budget, std::vector<Include>& out) {
    const auto* relation = model.find_relation(name);
    if (!relation) {
        return Error{Errc::bad_request, "Relation \"" + name + "\" is not defined for " + model.name + " model"};
    }
    // What LoopBack's disableInclude hides (a user's tokens) is checked as any other and then left out when rows are loaded.
    const auto same = std::find_if(out.begin(), out.end(), [&](const Include& i) { return i.relation == relation; });
    if (same != out.end()) return &*same;
    if (budget == 0) return Error{Errc::bad_request, "The filter includes too many relations"};
    --budget;
    out.push_back(Include{relation, {}});
    return &out.back();
}

bool truthy(const json& value) { return !value.is_null() && value != false && value != "" && value != 0; }

}  // namespace

Status parse_include(const Registry& registry, const Model& model, const json& include, unsigned depth, unsigned& budget,
                     std::vector<Include>& out) {
    if (depth > k_depth_max) return Error{Errc::bad_request, "The filter's include is nested too deeply"};
    if (include.is_string()) {
        if (include.get_ref<const std::string&>().empty()) return {};
        MT_TRY([[maybe_unused]] auto* added, add(model, include.get<std::string>(), budget, out));
        return {};
    }
    if (include.is_array()) {
        for (const auto& item : include) MT_CHECK(parse_include(registry, model, item, depth + 1, budget, out));
        return {};
    }
    if (!include.is_object()) return {};
    if (const auto name = include.find("relation"); name != include.end() && name->is_string()) {
        MT_TRY(auto* added, add(model, name->get<std::string>(), budget, out));
        const auto scope = include.find("scope");
        if (scope == include.end() || !truthy(*scope)) return {};
        MT_TRY(auto filter, parse_scope(registry, *added->relation->target, *scope, depth + 1, budget));
        // Rows are given to their holders by this key, and LoopBack lets it be seen.
        if (filter.fields) {
            const bool belongs = added->relation->kind == RelationKind::belongs_to;
            const auto key = added->relation->target->find_property(belongs ? added->relation->primary_key : added->relation->foreign_key);
            if (key) (*filter.fields)[*key] = true;
        }
        added->scope = std::move(filter);
        return {};
    }
    for (const auto& [name, inner] : include.items()) {
        MT_TRY(auto* added, add(model, name, budget, out));
        // Not `out` below: it may move while the inner ones are added to their own list.
        MT_CHECK(parse_include(registry, *added->relation->target, inner, depth + 1, budget, added->scope.include));
    }
    return {};
}

}  // namespace mt::app
