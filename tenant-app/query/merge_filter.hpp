#pragma once
#include "tenant-app/model/record.hpp"

namespace mt::app {

/// LoopBack's mergeQuery: what `scope` says beside what the client's `filter` says. Conditions add up; the scope's limit, skip and
/// fields win; its order counts only where the client has none. A null filter is an empty one; one that is no object is answered
/// as it is, for whoever parses it to refuse.
json merge_filter(const json& filter, const json& scope);

/// Both conditions; whatever is null or empty says nothing.
json merge_where(const json& where, const json& other);

/// LoopBack's setScopeValuesFromWhere: the values that a where pins down by equality, for what is created in its scope.
void set_values(const Model& model, const json& where, json& data);

}  // namespace mt::app
