#pragma once
#include "base/gateway_config.hpp"
#include "base/tenant_config.hpp"

namespace mt {

// What `config show` and `config schema` of both programs print. A setting is {"key","value","source"}: the key as a
// path (`limits.body`), the value as the files write it, the source `default`, `mtg.json` or `tenant.json`.

/// Everything that acts on one tenant. `tenant` is what was read from `file`, tenant.json's root.
json tenant_settings(const GatewayConfig& gateway, const TenantConfig& tenant, const ordered_json& file);

/// mtg.json's, its limits for the whole gateway and those that tenants start from; `tenants` and `socket` are left to
/// the caller.
json gateway_settings(const GatewayConfig& gateway);

/// Every key there is, as {"key","in","default","meaning"}; `in` lists the files that may have it.
json settings_schema();

}  // namespace mt
