#pragma once
#include "tenant-app/connectors/sqlite/database.hpp"
#include "tenant-app/data/found_table.hpp"

namespace mt::app::sqlite {

/// The tables of a database, without views, virtual tables and SQLite's own. Reads only. Fails as the database does.
Result<std::vector<FoundTable>> discover(Database& database);

}  // namespace mt::app::sqlite
