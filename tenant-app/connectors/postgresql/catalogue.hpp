#pragma once
#include <map>
#include <set>

#include "tenant-app/connectors/postgresql/connection.hpp"

namespace mt::app::postgresql {

struct ExistingColumn {
    std::string type;      ///< pg_type.typname: int8, text, timestamptz …
    bool has_default = false;
    std::string sequence;  ///< that its default counts with, quoted
};
struct ExistingTable {
    std::map<std::string, ExistingColumn> columns;
    std::map<std::string, std::string> unique;  ///< index → its only column
};

/// What a schema holds.
struct Catalogue {
    bool has_schema = false;
    std::map<std::string, ExistingTable> tables;  ///< and views
    std::map<std::string, std::string> indexes;   ///< with their tables
    std::set<std::string> sequences;             ///< only of a shared schema
    std::set<std::string> granted;               ///< shared tables whose rows the tenant's login may read and write
};

/// `tenant` is the login of one that shares tables, or empty: unique indexes begin with the tenant there. Fails as Session::run().
server::asio::awaitable<Result<Catalogue>> read_catalogue(Connection& connection, std::string schema,
                                                          std::string tenant,
                                                          std::chrono::milliseconds timeout);

}  // namespace mt::app::postgresql
