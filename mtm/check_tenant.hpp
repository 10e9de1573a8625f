#pragma once
#include "mtm/worker.hpp"

namespace mt::mtm {

/// Whether a tenant's configuration is valid: tenant.json here, all else by `tenant-app <folder> check`. `display` is what
/// messages call the folder, which may still be in .staging. Returns warnings. Fails with invalid_config, failed, timed_out.
Result<std::vector<std::string>> check_tenant(const TenantId& id, const std::filesystem::path& folder,
                                              const std::string& display);

}  // namespace mt::mtm
