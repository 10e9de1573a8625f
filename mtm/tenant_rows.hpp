#pragma once
#include <vector>

#include "mtm/command.hpp"

namespace mt::mtm {

/// What is known of each tenant, as the gateway says it; with the gateway down from the folders, where only a wanted
/// "stopped" is known. A tenant that the gateway has not seen yet is in state "unknown".
Result<json> tenant_rows(Session& session, const std::vector<TenantId>& ids, bool gateway_runs);

}  // namespace mt::mtm
