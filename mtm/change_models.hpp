#pragma once
#include <functional>

#include "mtm/command.hpp"
#include "mtm/tenant_models.hpp"

namespace mt::mtm {

using ModelChange = std::function<Status(TenantModels&)>;

/// Changes a tenant's models if it is valid with them: first on a copy of its configuration, which `tenant-app check` looks at. Tables
/// that the tenant's own login may not make are made before a worker looks for them. The caller holds the lock. Fails as `change`,
/// check_tenant() and make_tables(), and has changed no file of the tenant's then.
Status change_models(const Session& session, const TenantId& id, const ModelChange& change);

}  // namespace mt::mtm
