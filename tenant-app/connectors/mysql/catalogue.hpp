#pragma once
#include <map>

#include "tenant-app/connectors/server/session.hpp"

namespace mt::app::mysql {

namespace asio = server::asio;

struct ExistingColumn {
    std::string name;       ///< as it is written
    std::string type;       ///< information_schema's: int, varchar, longtext, datetime …
    std::string collation;  ///< of texts
    bool counts = false;    ///< AUTO_INCREMENT
};
struct ExistingIndex {
    std::string column;  ///< the only one; empty: there are several
    bool unique = false;
};
struct ExistingTable {
    std::map<std::string, ExistingColumn> columns;  ///< by lowered(name): to MySQL case makes no difference
    std::map<std::string, ExistingIndex> indexes;
};
using Catalogue = std::map<std::string, ExistingTable>;  ///< tables and views by their name

std::string lowered(std::string name);

/// What the connection's database holds. Fails as Session::run().
asio::awaitable<Result<Catalogue>> read_catalogue(server::Session& session, std::chrono::milliseconds timeout);

}  // namespace mt::app::mysql
