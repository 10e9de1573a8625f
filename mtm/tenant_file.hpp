#pragma once
#include <string>

#include "base/layout.hpp"
#include "base/tenant_config.hpp"

namespace mt::mtm {

/// tenant.json of one tenant. Fails with invalid_config, of_tenant(id).
Result<TenantConfig> tenant_config(const Layout& layout, const TenantId& id);

/// Writes `state` (running, stopped) into tenant.json, all else as it was; under the tenant's lock. No write if it says so
/// already. Fails with invalid_config, and with conflict if somebody else holds the lock or the tenant is suspended.
Status write_state(const Layout& layout, const TenantId& id, const std::string& state);

}  // namespace mt::mtm
