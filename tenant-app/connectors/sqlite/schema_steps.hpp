#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tenant-app/connectors/sqlite/database.hpp"

namespace mt::app::sqlite {

/// A change of the schema that is to be made, or was.
struct SchemaStep {
    std::string name;    ///< the file's in migrations/, or "models" for what the models lack
    std::string effect;  ///< additive, blocking (it works through all rows) or destructive (rows, columns or tables go)
    std::string sql;
};

struct SchemaPlan {
    std::vector<std::string> applied;  ///< names of files, by the ledger
    /// In the order in which they are made: what the models lack, then files by name
    std::vector<SchemaStep> pending;
};

/// migrations/*.sql by name, but for those that take one back (*.down.sql); none without the folder. Fails with
/// invalid_config: a file that cannot be read.
Result<std::vector<SchemaStep>> read_schema_files(const std::filesystem::path& folder);

/// What is to be done. The models come first because a worker that starts adds what they lack by itself: a file finds
/// the same tables, whoever was first. Writes nothing. Fails with invalid_config for a file that was changed after it
/// was applied, or that was applied and is gone.
Result<SchemaPlan> plan_schema(Database& database, const std::vector<SchemaStep>& files,
    const std::vector<const Model*>& models);

/// Does it, all steps and their rows of the ledger (`_mtg_migrations`) in one transaction: what is killed has changed
/// nothing, and nothing is done twice. Plans again inside. Fails as plan_schema(), with not_allowed for a destructive
/// step unless it is allowed, and with invalid_config for SQL that fails or ends the transaction; nothing was changed
/// then.
Result<SchemaPlan> apply_schema(Database& database, const std::vector<SchemaStep>& files,
                                const std::vector<const Model*>& models, bool allow_destructive);

/// The last `count` files that were applied, the last one first, as the steps that take them back: of 001_a.sql that is
/// 001_a.down.sql. Writes nothing. Fails with not_allowed where one of them has none.
Result<SchemaPlan> plan_rollback(Database& database, const std::filesystem::path& folder, std::size_t count);

/// Does it, all of them and their rows of the ledger in one transaction. Fails as plan_rollback() and apply_schema().
Result<SchemaPlan> roll_back(Database& database, const std::filesystem::path& folder, std::size_t count,
                             bool allow_destructive);

/// What the words of a statement do; for tests.
std::string effect_of(std::string_view sql);

}  // namespace mt::app::sqlite
