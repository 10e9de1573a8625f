#pragma once
#include <string>

#include "tenant-app/connectors/sqlite/database.hpp"
#include "tenant-app/data/query_output.hpp"

namespace mt::app::sqlite {

/// Runs one statement that reads, and prints its rows. The engine refuses whatever else it does: `query_only`, and an
/// authorizer that knows reading alone (no ATTACH, no PRAGMA but those that describe tables). For the rest of its life
/// the connection writes nothing. Fails with bad_request (no SQL, more than one statement), not_allowed (it writes),
/// timed_out, payload_too_large, and as the database does.
Status query(Database& database, const std::string& sql, const QueryBounds& bounds, QueryOutput& out);

}  // namespace mt::app::sqlite
