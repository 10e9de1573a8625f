#pragma once
#include <vector>

#include "tenant-app/sandbox/finding.hpp"
#include "tenant-app/sandbox/plan.hpp"

namespace mt::app::sandbox {

/// Restricts the thread and what it starts to the files and TCP ports of the plan, as far as the kernel's Landlock goes
/// (landlock(7)). no_new_privs is set. `own_user`: what the plan allows to such may be read, too.
std::vector<Finding> restrict_paths(const Plan& plan, bool own_user);

/// The kernel's Landlock ABI, 0 for none.
int landlock_abi();

}  // namespace mt::app::sandbox
