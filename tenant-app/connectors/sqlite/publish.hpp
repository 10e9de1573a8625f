#pragma once
#include <filesystem>

#include "tenant-app/connectors/sqlite/database.hpp"

namespace mt::app::sqlite {

/// Makes the database that `provisional` holds in memory the file `name` (a relative path) of the tenant's folder, in one step and on
/// stable storage. Does nothing if there is a file already: who comes first wins. Killed at any moment it leaves no database or the whole one (docs/decisions/0008-first-write.md).
/// Fails with failed (a full disk, no permission).
Status publish(Database& provisional, const std::filesystem::path& folder, const std::filesystem::path& name);

}  // namespace mt::app::sqlite
