#include "base/host_claims.hpp"

#include <algorithm>

#include "base/tenant_config.hpp"

namespace mt {

namespace fs = std::filesystem;

HostClaims HostClaims::read(const fs::path& tenants) {
    HostClaims claims;
    std::error_code error;
    for (fs::directory_iterator at{tenants, error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().native();
        if (!TenantId::is_valid(name)) continue;
        const auto config = read_tenant_config(at->path() / "tenant.json");
        if (!config.ok() || config->hosts.empty()) continue;
        for (const auto& host : config->hosts) claims.owners_[host].push_back(name);
        claims.hosts_[name] = config->hosts;
    }
    for (auto& [host, names] : claims.owners_) std::sort(names.begin(), names.end());
    return claims;
}

Status HostClaims::check(const TenantId& tenant, const fs::path& file) const {
    const auto hosts = hosts_.find(tenant.str());
    if (hosts == hosts_.end()) return {};
    for (std::size_t i = 0; i < hosts->second.size(); ++i)
        for (const auto& owner : owners_.at(hosts->second[i]))
            if (owner != tenant.str()) return host_taken(file, i, owner).of_tenant(tenant.str());
    return {};
}

}  // namespace mt
