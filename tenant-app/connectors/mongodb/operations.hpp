#pragma once
#include "tenant-app/connectors/mongodb/client.hpp"
#include "tenant-app/connectors/mongodb/table.hpp"
#include "tenant-app/query/filter.hpp"

namespace mt::app::mongodb {

// What Connector promises, for one collection; everything blocks. A document changes as a whole; of several the server
// changes one after the other, and a failure in between leaves those that came first (docs/CONNECTORS.md).

Result<std::vector<Record>> find_rows(Client& client, const Table& table, const Filter& filter);
Result<std::uint64_t> count_rows(Client& client, const Table& table, const Where& where);
Result<Value> create_row(Client& client, const Table& table, const Record& record);
Result<std::uint64_t> update_rows(Client& client, const Table& table, const Where& where, const Record& changes);
Result<bool> replace_row(Client& client, const Table& table, const Value& id, const Record& record);
Result<std::uint64_t> destroy_rows(Client& client, const Table& table, const Where& where);

}  // namespace mt::app::mongodb
