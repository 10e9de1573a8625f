#include "tenant-app/rest/router.hpp"

#include <algorithm>

#include "tenant-app/rest/shared_methods.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

/// Takes the first segment off `path` ("/a/b" → "a", "/b").
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    const auto segment = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
    return segment;
}

const Relation* relation_named(const Model& model, std::string_view segment, Target target) {
    for (const auto& relation : model.relations)
        if (same_letters(relation.path, segment) && applies(target, relation.kind)) return &relation;
    return nullptr;
}

const NamedScope* scope_named(const Model& model, std::string_view segment) {
    for (const auto& scope : model.scopes)
        if (same_letters(scope.name, segment)) return &scope;
    return nullptr;
}

/// How many literal segments fitted, or -1. Fills in the arguments.
int match(const Operation& operation, const Model& model, std::string_view path, Route& route) {
    int literals = 0;
    auto pattern = operation.path;
    if (pattern == "/") return path == "/" ? 0 : -1;
    while (!pattern.empty()) {
        if (path.empty()) return -1;
        const auto wanted = take_segment(pattern), segment = take_segment(path);
        if (segment.empty()) return -1;
        if (wanted == "{id}") route.id = segment;
        else if (wanted == "{fk}") route.fk = segment;
        else if (wanted == "{relation}") {
            route.relation = relation_named(model, segment, operation.target);
            if (!route.relation) return -1;
            ++literals;
        } else if (wanted == "{scope}") {
            route.scope = scope_named(model, segment);
            if (!route.scope) return -1;
            ++literals;
        } else {
            if (!same_letters(wanted, segment)) return -1;
            ++literals;
        }
    }
    return path.empty() ? literals : -1;
}

Route best_route(const Model& model, Verb verb, std::string_view path) {
    Route best;
    int best_literals = -1;
    // A pattern fits paths of as many segments as it has itself.
    const auto segments = std::count(path.begin(), path.end(), '/');
    for (const auto& operation : operations()) {
        if (operation.verb != verb || operation.segments != segments) continue;
        if (operation.target == Target::user && model.builtin != BuiltIn::user) continue;
        Route route;
        const int literals = match(operation, model, path, route);
        if (literals <= best_literals) continue;
        if (!model.shared_methods.empty() && !is_shared(model, operation, {route.relation, route.scope})) continue;
        best = route;
        best.operation = &operation;
        best_literals = literals;
    }
    return best;
}

/// "/1/chapters/2/notes" is "/2/notes" of a chapter, where the relation chapters says nestRemoting.
Route nested_route(const Model& model, Verb verb, std::string_view path) {
    auto rest = path;
    if (rest.empty() || rest == "/") return {};
    const auto id = take_segment(rest);
    if (rest.empty()) return {};
    auto at_relation = rest;
    const auto name = take_segment(rest);
    for (const auto& relation : model.relations) {
        if (!relation.nest_remoting || !relation.target || !same_letters(relation.path, name) || rest.empty()) continue;
        // A relation to one has no key of its own in the path: its name takes that place.
        const auto inner = relation.to_many() ? rest : at_relation;
        auto route = best_route(*relation.target, verb, inner);
        if (!route.operation || !route.relation) continue;
        if (!model.shared_methods.empty() && !is_shared(model, *route.operation, {route.relation, nullptr, &relation})) continue;
        route.via = &relation;
        route.nk = relation.to_many() ? route.id : std::string_view{};
        route.id = id;
        return route;
    }
    return {};
}

}  // namespace

Route find_route(const Model& model, Verb verb, std::string_view path) {
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    auto route = best_route(model, verb, path);
    if (!route.operation) route = nested_route(model, verb, path);
    if (!route.operation && verb == Verb::head) route = best_route(model, Verb::get, path);
    return route;
}

}  // namespace mt::app::rest
