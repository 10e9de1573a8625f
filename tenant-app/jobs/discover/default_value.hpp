#pragma once
#include <string>

#include "base/json_file.hpp"
#include "tenant-app/data/found_table.hpp"

namespace mt::app {

/// A column's default as a model can say it: rows that are made through the API have all columns, so that the
/// database's own never comes to pass.
struct DiscoveredDefault {
    json value;            ///< null: none
    std::string function;  ///< of LoopBack's "defaultFn"; empty: none
    bool unknown = false;  ///< there is one that a model cannot say
};

/// Reads `default_sql` of a column with a type. The column may be of any engine: constants of the column's type, the
/// current time, a new UUID.
DiscoveredDefault discovered_default(const FoundColumn& column);

}  // namespace mt::app
