#pragma once
#include <filesystem>
#include <string>

#include "base/tenant_id.hpp"
#include "base/result.hpp"

namespace mt::mtm {

/// Copies a tenant, which may be in use, into the empty folder `target`: configuration and models; with `data` also
/// files and SQLite databases, each of these as it is at one moment, read with the rights of the user it belongs to.
/// What is there is on stable storage then, but not fit to be a tenant: see make_own(). Fails with failed, and as the
/// job does.
Status copy_tenant(const TenantId& from, const std::filesystem::path& folder, const std::string& display,
                   const std::filesystem::path& target, bool data);

/// Makes a copied folder a tenant of its own: a fresh key; no hosts, which stay the first one's; neither stopped,
/// suspended nor protected. Fails with invalid_config, failed.
Status make_own(const std::filesystem::path& folder, const std::string& display);

/// Everything below `folder` to stable storage.
Status sync_tree(const std::filesystem::path& folder);

}  // namespace mt::mtm
