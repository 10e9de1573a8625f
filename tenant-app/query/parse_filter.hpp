#pragma once
#include "base/result.hpp"
#include "tenant-app/query/filter.hpp"

namespace mt::app {

/// Turns the JSON of `?filter=` into a Filter, checked and coerced against the model. Null is the empty filter.
/// Fails with bad_request in LoopBack's words; bounded: depth 16, 1,000 conditions, 5,000 list values.
Result<Filter> parse_filter(const Registry& registry, const Model& model, const json& filter);
Result<Where> parse_where(const Registry& registry, const Model& model, const json& where);

/// `?filter=…` as it came (JSON text) or `?filter[where][x]=1` (qs notation): `query` is the raw query string, `name` "filter"
/// or "where". Answers null if the parameter is absent. Fails with bad_request.
Result<json> parse_argument(std::string_view query, std::string_view name);

}  // namespace mt::app
