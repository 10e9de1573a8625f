#pragma once
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "tenant-app/sandbox/finding.hpp"
#include "tenant-app/sandbox/plan.hpp"

namespace mt::app::sandbox {

/// Confines the calling process, which has one thread, to `plan`, for good and for what it executes; reports wall by
/// wall. A wall that the machine cannot give is `degraded`, not a failure. Fails, and the process must not go on,
/// where the tenant's own files are out of its reach, or where it stands between two users. Environment:
/// MTG_GATEWAY_PID, of the parent with which the process dies; absent, it does not.
Result<std::vector<Finding>> apply(const Plan& plan);

/// The gateway's order out of MTG_SANDBOX, which is removed from the environment. Nothing without one (a program that
/// somebody runs by hand is not confined). Fails with bad_request.
Result<std::optional<IsolationOrder>> take_order();

}  // namespace mt::app::sandbox
