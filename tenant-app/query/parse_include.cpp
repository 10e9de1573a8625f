#include <algorithm>

#include "tenant-app/model/relation_keys.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/merge_filter.hpp"
#include "tenant-app/query/parse.hpp"

namespace mt::app {

namespace {

Error too_deep() { return Error{Errc::bad_request, "The filter's include is nested too deeply"}; }

class Includes {
public:
    Includes(const Registry& registry, const Model& model, unsigned& budget, std::vector<Include>& out)
        : registry_(registry), model_(model), budget_(budget), out_(out) {}

    Status parse(const json& include, unsigned depth) {
        if (depth > k_depth_max) return too_deep();
        if (include.is_string()) return include.get_ref<const std::string&>().empty() ? Status{} : add(include.get<std::string>(), json{}, depth);
        if (include.is_array()) {
            for (const auto& item : include) MT_CHECK(parse(item, depth + 1));
            return {};
        }
        if (!include.is_object()) return {};
        if (const auto name = include.find("relation"); name != include.end() && name->is_string()) {
            const auto scope = include.find("scope");
            return add(name->get<std::string>(), scope != include.end() && js::is_truthy(*scope) ? *scope : json{}, depth);
        }
        for (const auto& [name, inner] : include.items()) {
            const bool nested = inner.is_string() || inner.is_structured();
            MT_CHECK(add(name, nested ? json::object({{"include", inner}}) : json{}, depth));
        }
        return {};
    }

private:
    /// Adds a relation with its scope; one that is there already takes over the scope if there is one.
    Status add(const std::string& name, const json& scope, unsigned depth) {
        const auto* relation = model_.find_relation(name);
        if (!relation) return Error{Errc::bad_request, "Relation \"" + name + "\" is not defined for " + model_.name + " model"};
        if (relation->disable_include) return {};  // a user's tokens: asking is no error, and answered by nothing
        const auto same = std::find_if(out_.begin(), out_.end(), [&](const Include& i) { return i.relation == relation; });
        if (same != out_.end()) return scope.is_null() ? Status{} : settle(*same, scope, depth);
        if (budget_ == 0) return Error{Errc::bad_request, "The filter includes too many relations"};
        --budget_;
        Include include;
        include.relation = relation;
        MT_CHECK(settle(include, scope, depth));
        out_.push_back(std::move(include));
        return {};
    }

    Status settle(Include& include, const json& given, unsigned depth) {
        const auto& relation = *include.relation;
        if (depth >= k_depth_max) return too_deep();
        // What a hasMany through's scope says is about the through model.
        const bool scoped = relation.scope && relation.kind != RelationKind::has_many_through;
        const json scope = scoped ? merge_filter(given, *relation.scope) : given;
        if (!relation.target) {
            if (!scope.is_null() && !scope.is_object()) return Error{Errc::bad_request, "Value is not an object."};
            include.raw = std::make_shared<const json>(scope);
            return {};
        }
        MT_TRY(auto filter, parse_scope(registry_, *relation.target, scope, depth + 1, budget_));
        // Rows are given to their holders by this key, and LoopBack lets it be seen.
        const auto keys = keys_of(model_, relation);
        if (filter.fields && keys) (*filter.fields)[keys->there] = true;
        include.scope = std::move(filter);
        return {};
    }

    const Registry& registry_;
    const Model& model_;
    unsigned& budget_;
    std::vector<Include>& out_;
};

}  // namespace

Status parse_include(const Registry& registry, const Model& model, const json& include, unsigned depth, unsigned& budget,
                     std::vector<Include>& out) {
    return Includes{registry, model, budget, out}.parse(include, depth);
}

}  // namespace mt::app
