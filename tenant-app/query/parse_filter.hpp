#pragma once
#include "base/result.hpp"
#include "tenant-app/query/filter.hpp"

namespace mt::app {

/// Turns the JSON of `?filter=` into a Filter, checked and coerced against the model. Null is the empty filter.
/// Fails with bad_request in LoopBack's words; bounded: depth 16, 1,000 conditions, 5,000 list values.
Result<Filter> parse_filter(const Registry& registry, const Model& model, const json& filter);
Result<Where> parse_where(const Registry& registry, const Model& model, const json& where);

/// The filter of what a relation leads to, with the relation's own scope (which of a hasMany through is about the through model).
/// The relation has a target.
Result<Filter> parse_related_filter(const Registry& registry, const Relation& relation, const json& filter);

/// Reads every default, named and relation's scope once, so that a bad one is found at start. Fails with invalid_config.
Status check_scopes(const Registry& registry);

/// `?filter=…` as it came (JSON text) or `?filter[where][x]=1` (qs notation): `query` is the raw query string, `name` "filter"
/// or "where". Answers null if the parameter is absent. Fails with bad_request.
Result<json> parse_argument(std::string_view query, std::string_view name);

}  // namespace mt::app
