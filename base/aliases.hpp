#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/tenant_id.hpp"

namespace mt {

/// A name that a tenant had: `.aliases/<from>.json`. It names the tenant by its key, so that it holds over further
/// renames and never leads to whoever gets the id later.
struct Alias {
    std::string from;
    std::string key;
    std::string to;  ///< the tenant's id when the alias was made; of tenants with the same key this one counts
    std::chrono::system_clock::time_point until;
};

/// By name; empty if there is no folder. A file that cannot be read is no alias.
std::vector<Alias> read_aliases(const std::filesystem::path& folder);

/// The folder is made if it is missing. Replaces the alias of this name.
Status write_alias(const std::filesystem::path& folder, const Alias& alias);

/// Ends an alias; none is no failure.
Status remove_alias(const std::filesystem::path& folder, const TenantId& from);

}  // namespace mt
