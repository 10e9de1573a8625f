#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt {

/// What a worker or a job that saw a tenant's database leaves in the folder, so that others know without a process how
/// far the schema is: `data/.schema.json`. The tenant's own user writes it: it counts for that tenant alone.
struct SchemaSeen {
    std::string wanted;                ///< schema_wanted() at that time
    std::string database;              ///< the SQLite file, from the folder
    std::uint64_t inode = 0;           ///< of it; 0: nobody had written to it yet
    std::vector<std::string> applied;  ///< names of the files in migrations/, by the ledger
    std::size_t pending = 0;           ///< steps that were still to be done

    bool operator==(const SchemaSeen&) const = default;
};

inline constexpr const char* k_schema_seen_name = ".schema.json";

/// A number, as text, of all that decides which schema a tenant wants: models, configuration and migrations, by their
/// content. Follows no link.
std::string schema_wanted(const std::filesystem::path& folder);

/// Nothing: no process has seen it, or what is there cannot be read.
std::optional<SchemaSeen> read_schema_seen(const std::filesystem::path& folder);

/// Replaces it; a crash may leave the old one. Nothing is written that stands there already. Fails with failed; there
/// is none then.
Status write_schema_seen(const std::filesystem::path& folder, const SchemaSeen& seen);

/// The same database, and nothing was changed that would want another schema: what was seen is still so.
bool still_so(const SchemaSeen& seen, const std::filesystem::path& folder);

/// The inode of the file; 0 if there is none.
std::uint64_t inode_of(const std::filesystem::path& file);

}  // namespace mt
