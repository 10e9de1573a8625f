#pragma once
#include <string>

namespace mt::gateway {

/// Which of the capabilities are missing that a user of its own for every tenant takes: CAP_SETUID and CAP_SETGID to
/// become it, CAP_CHOWN to give it its files, CAP_KILL to stop it again. "CAP_SETUID, CAP_KILL"; empty if none is.
std::string missing_rights();

}  // namespace mt::gateway
