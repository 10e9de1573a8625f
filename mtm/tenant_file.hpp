#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/layout.hpp"
#include "base/tenant_config.hpp"

namespace mt::mtm {

/// tenant.json of one tenant. Fails with invalid_config, of_tenant(id).
Result<TenantConfig> tenant_config(const Layout& layout, const TenantId& id);

/// Writes `state` (running, stopped) into tenant.json, all else as it was; under the tenant's lock. No write if it says so
/// already. Fails with invalid_config, and with conflict if somebody else holds the lock or the tenant is suspended.
Status write_state(const Layout& layout, const TenantId& id, const std::string& state);

using WallTime = std::chrono::system_clock::time_point;
/// From now on requests get 503 with `reason`; without `until` for good. Fails with invalid_config, conflict.
Status write_suspension(const Layout& layout, const TenantId& id, const std::string& reason, std::optional<WallTime> until);
/// Ends a suspension, also one whose time has come. Fails with conflict if the tenant is stopped and not suspended.
Status lift_suspension(const Layout& layout, const TenantId& id);
/// Whether `mtm remove` refuses.
Status write_protection(const Layout& layout, const TenantId& id, bool is_protected);

/// Fails with conflict if the tenant is protected. One whose tenant.json is broken is not: that it was, nobody can know any more.
Status check_unprotected(const Layout& layout, const TenantId& id);

}  // namespace mt::mtm
