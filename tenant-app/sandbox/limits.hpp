#pragma once
#include <vector>

#include "tenant-app/sandbox/finding.hpp"
#include "tenant-app/sandbox/identity.hpp"
#include "tenant-app/sandbox/plan.hpp"

namespace mt::app::sandbox {

/// Enters the cgroups of the order, sets the resource limits, and says for each of memory, cpu, pids, files and disk
/// what holds it. Before the process becomes another user; processes count for the one it becomes.
std::vector<Finding> set_limits(const Plan& plan, const Identity& identity);

}  // namespace mt::app::sandbox
