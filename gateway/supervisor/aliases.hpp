#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "gateway/proxy/tenant_table.hpp"
#include "gateway/supervisor/tenant.hpp"

namespace mt::gateway {

/// Puts the names that renamed tenants had into the table, read from `folder` (base/aliases.hpp). A name counts while
/// no tenant has it and as long as the tenant with its key is there.
void add_aliases(TenantTable& table, const std::filesystem::path& folder,
                 const std::map<std::string, std::shared_ptr<Tenant>>& tenants);

}  // namespace mt::gateway
