#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt::app {

/// The job `shell`: becomes the shell of the database's own kind (sqlite3, psql, mariadb or mysql) on the tenant's
/// database, as the tenant's user, behind its walls; a password goes by the environment or an open file. `shell
/// --which` only prints {"engine","program"}, where "program" is null if none is installed. Fails with not_found
/// (no database that has one, or it is not installed).
Status run_shell(const std::filesystem::path& folder, const std::vector<std::string>& options);

}  // namespace mt::app
