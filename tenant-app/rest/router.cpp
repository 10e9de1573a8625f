#include "tenant-app/rest/router.hpp"

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

bool fits(Target target, RelationKind kind) {
    switch (target) {
        case Target::model:
        case Target::user: return false;
        case Target::has_many: return kind == RelationKind::has_many;
        case Target::belongs_to: return kind == RelationKind::belongs_to;
        case Target::has_one: return kind == RelationKind::has_one;
    }
    return false;
}

const Relation* relation_named(const Model& model, std::string_view segment, Target target) {
    for (const auto& relation : model.relations)
        if (same_letters(relation.name, segment) && relation.target && fits(target, relation.kind)) return &relation;
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
    for (const auto& operation : operations()) {
        if (operation.verb != verb || (operation.target == Target::user && model.builtin != BuiltIn::user)) continue;
        Route route;
        const int literals = match(operation, model, path, route);
        if (literals <= best_literals) continue;
        if (!model.shared_methods.empty() && !is_shared(model, operation, route.relation)) continue;
        best = route;
        best.operation = &operation;
        best_literals = literals;
    }
    return best;
}

}  // namespace

Route find_route(const Model& model, Verb verb, std::string_view path) {
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    auto route = best_route(model, verb, path);
    if (!route.operation && verb == Verb::head) route = best_route(model, Verb::get, path);
    return route;
}

}  // namespace mt::app::rest
