#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tenant-app/connectors/sqlite/database.hpp"

namespace mt::app::sqlite {

/// What is known of a model's table once migrate() has run; the fixed parts of its statements.
struct Table {
    const Model* model = nullptr;
    bool has_extra = false;
    bool counts_ids = false;    ///< INTEGER PRIMARY KEY AUTOINCREMENT
    bool integer_id = false;    ///< the id is the rowid
    bool counts_texts = false;  ///< ids are texts that are counted in a table of ours
    std::string select;         ///< without a condition; columns in the order of the properties, `_extra` last if there is one
    std::string insert;
    std::string replace;
};
struct Tables : std::map<std::string, Table, std::less<>> {
    std::set<std::string> indexes;  ///< all of the database, in lower case
};

/// Makes the database fit the models in one transaction: creates tables, adds columns and indexes, never changes or drops.
/// Fails with invalid_config where an existing table cannot serve its model.
Result<Tables> migrate(Database& database, const std::vector<const Model*>& models);

/// The statements that migrate() would run, without running them.
Result<std::vector<std::string>> missing_for(Database& database, const std::vector<const Model*>& models);

}  // namespace mt::app::sqlite
