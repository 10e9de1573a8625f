#pragma once
#include "tenant-app/connectors/sqlite/database.hpp"

namespace mt::app::sqlite {

/// Begins a read transaction that stays: in WAL mode all reads of the connection see this moment, and nobody waits for
/// it.
inline constexpr const char* k_hold = "BEGIN; SELECT count(*) FROM sqlite_master";

/// {"Customer": 17}: the greatest id that was ever given in each table, which may be gone by now.
Result<json> read_counters(Database& database);

/// Ids go on behind these. What is no counter, or of a table that is not there, is left out.
Status write_counters(Database& database, const json& counters);

}  // namespace mt::app::sqlite
