#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "base/isolation_order.hpp"
#include "base/limits.hpp"
#include "base/tenant_config.hpp"
#include "base/tenant_id.hpp"
#include "gateway/isolation/cgroups.hpp"
#include "gateway/isolation/tenant_uids.hpp"

namespace mt::gateway {

/// The part of a tenant's isolation that only the gateway can do: which user its processes become, and the cgroups
/// that they enter. All else they do to themselves (tenant-app/sandbox, docs/ISOLATION.md). Supervisor's thread.
class Isolation {
public:
    /// `uids`: mtg.json's; nothing is "off". `alone`: no other gateway serves these tenants.
    Isolation(std::optional<UidRange> uids, const std::filesystem::path& tenants, bool alone);

    /// What a process that starts now is told. `limits` are the tenant's, merged.
    IsolationOrder order(const TenantId& tenant, const TenantConfig& config, const Limits& limits);
    /// The tenant is gone, and no process of it is left.
    void forget(const TenantId& tenant) { cgroups_.remove(tenant.str()); }
    void set_alone(bool alone) { cgroups_.set_alone(alone); }

private:
    std::optional<TenantUids> uids_;
    std::string why_no_uids_;
    Cgroups cgroups_;
};

}  // namespace mt::gateway
