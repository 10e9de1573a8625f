#pragma once
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "base/result.hpp"
#include "tenant-app/data/found_table.hpp"

namespace mt::app {

/// What to make models of.
struct DiscoverOrder {
    std::vector<std::string> patterns;  ///< as fnmatch(3) has them, of tables; none: all tables
};

/// The models of `tables`, which are those of `datasource`, beside the tenant's own: one object per table that the order
/// means, by its name:
///   {"table", "model", "state": "new" | "exists" | "skipped", "reason", "public", "properties": [name…],
///    "relations": ["customer belongsTo Customer"…], "notes": [text…], "definition": the model's file}
/// `reason` of what is not new, `definition` of what is. Notes are about that which the model cannot say, or does not
/// have. Fails with not_found for a pattern without a table.
Result<ordered_json> discovered_models(const std::vector<FoundTable>& tables, const Registry& registry,
                                       const Datasource& datasource, const DiscoverOrder& order);

}  // namespace mt::app
