#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/tenant_id.hpp"

namespace mt {

/// Which tenants name which hosts. A host reaches one tenant: of two that name it the gateway serves the one that had it first
/// and refuses the other, so that both are to be told before.
class HostClaims {
public:
    /// Reads every tenant.json below the folder; those that cannot be read claim nothing.
    static HostClaims read(const std::filesystem::path& tenants);

    /// Fails with invalid_config, at the first host of the tenant that another one names as well; `file` is its tenant.json.
    Status check(const TenantId& tenant, const std::filesystem::path& file) const;

private:
    std::map<std::string, std::vector<std::string>> owners_;  ///< of a host, sorted
    std::map<std::string, std::vector<std::string>> hosts_;   ///< of a tenant, in the order of its file
};

}  // namespace mt
