#pragma once
#include "base/result.hpp"
#include "tenant-app/sandbox/identity.hpp"
#include "tenant-app/sandbox/plan.hpp"

namespace mt::app::sandbox {

/// Makes the tenant's folder fit the user that will serve it: what it writes becomes its own, what it only reads it
/// may read by its group, and no other tenant's user comes in. The first time it looks at every file; later at those
/// of the writable folders and two levels deep at the others, which is where the files are that root puts there now
/// and then. Fails with failed if that user will not be able to write where it must, hint included.
Result<Finding> hand_over(const Plan& plan, const Identity& identity);

}  // namespace mt::app::sandbox
