#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.hpp"
#include "tenant-app/sandbox/finding.hpp"
#include "tenant-app/sandbox/plan.hpp"

namespace mt::app::sandbox {

/// Whose rights the process will have.
struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    bool is_own = false;  ///< the tenant's, not the gateway's
    std::string why_not;
};

/// The ordered user, if it can reach the tenant's folder and the programs through all their parents; else the present
/// one. May drop the supplementary groups.
Identity choose_identity(const Plan& plan);

/// Becomes it, for good, and gives up every capability; then has itself killed with its parent again, which a change
/// of user switches off, and ends if that one has gone meanwhile. Fails with failed, half way: the process must end.
Status become(const Identity& identity);

std::vector<Finding> identity_findings(const Identity& identity);

}  // namespace mt::app::sandbox
