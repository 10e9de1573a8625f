#pragma once
#include <string>
#include <vector>

#include "mtm/command.hpp"

namespace mt::mtm {

/// The ids in the tenants folder, sorted; empty if there is no folder. Fails with failed.
Result<std::vector<std::string>> tenant_names(const Layout& layout);

/// Fails with no_such_tenant, naming the nearest.
Status require_tenant(const Layout& layout, const TenantId& id);

/// The words as ids, each once, in the order given; nothing is looked up. Fails with usage (none) or invalid_name.
Result<std::vector<TenantId>> parse_ids(const Arguments& arguments);

/// The tenants that ids, globs, --all and -l mean. Fails with usage (nothing named, ids beside --all, a label that is none), invalid_name,
/// and no_such_tenant for an unknown id, or a glob or labels without match. --all in an empty folder is no tenant and no failure.
/// A tenant whose tenant.json cannot be read fits no label, not even `plan!=free`.
Result<std::vector<TenantId>> select_tenants(const Layout& layout, const Arguments& arguments);

}  // namespace mt::mtm
