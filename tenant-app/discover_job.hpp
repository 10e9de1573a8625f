#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "base/result.hpp"

namespace mt::app {

/// The job `discover DATASOURCE [--table PATTERN]…`: looks at the tables of a data source behind the tenant's walls, with
/// its own login, and answers {"connector", "tables": what discovered_models() says}. Fails with not_found (no such data
/// source or table), usage (one that has no tables), and as the database does.
Result<ordered_json> discover_tables(const std::filesystem::path& folder, const std::vector<std::string>& options);

}  // namespace mt::app
