#pragma once
#include <string>

#include "mtm/command.hpp"

namespace mt::mtm {

/// What start, stop and restart have in common.
struct Action {
    std::string verb;   ///< the control protocol's, and the user's
    std::string done;   ///< "started"
    std::string state;  ///< what tenant.json says from now on; empty leaves it
};

/// Writes what is wanted, has the gateway act on it and waits. Fails with unavailable, nothing written, without a gateway.
Result<int> act_on(Session& session, const Arguments& arguments, const Action& action);

}  // namespace mt::mtm
