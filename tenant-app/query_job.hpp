#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt::app {

/// The job `query [--rows N] [--time MS]`: runs the SQL that stdin holds on the tenant's database, reading only, behind
/// the tenant's walls; prints the lines of QueryOutput. Fails with not_found (no database that speaks SQL), and as the
/// engine's query().
Status query_tenant(const std::filesystem::path& folder, const std::vector<std::string>& options);

/// The job `--reduce`: the first line of stdin is {"sql","columns"}, each further one an array of values. They are made
/// a table `t` in memory; prints what the SQL says about it, as query_tenant() does.
Status reduce_rows();

}  // namespace mt::app
