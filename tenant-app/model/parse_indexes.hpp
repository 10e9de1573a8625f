#pragma once
#include <string>
#include <vector>

#include "tenant-app/model/parse_model.hpp"

namespace mt::app {

/// Reads "indexes", the nearest of the lineage: {"keys": {"a": 1, "b": -1}, "options": {"unique": true}} by properties, or
/// LoopBack's {"columns": "a, b DESC", "kind": "unique"} by columns or properties, or {"a": 1}. A kind that no connector
/// of ours makes is a warning. Fails with invalid_config at the key.
Status parse_indexes(const std::vector<const ModelSource*>& line, Model& model, std::vector<std::string>& warnings);

}  // namespace mt::app
