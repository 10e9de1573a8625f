#pragma once
// What the parsers of this folder share. Not for use outside tenant-app/query.
#include "tenant-app/query/parse_filter.hpp"

namespace mt::app {

constexpr unsigned k_depth_max = 16;  ///< of conditions in a where, and of includes in each other

inline Error refused(std::string message) { return Error{Errc::bad_request, std::move(message)}; }

/// The `where` of a filter: whatever is falsy is none; other values that are no objects fail with LoopBack's words.
Result<Where> parse_where_clause(const Model& model, const json& where);

/// `include` in any of its forms, added to `out`. `depth` bounds nesting, `budget` the number of includes of a request.
Status parse_include(const Registry& registry, const Model& model, const json& include, unsigned depth, unsigned& budget,
                     std::vector<Include>& out);

/// A filter below an include.
Result<Filter> parse_scope(const Registry& registry, const Model& model, const json& filter, unsigned depth, unsigned& budget);

}  // namespace mt::app
