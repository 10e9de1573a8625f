#pragma once
#include <string>
#include <vector>

#include "base/json_file.hpp"

namespace mt::mtm {

// What `mtm why` makes of a tenant's status document. Pure functions: the document comes from the gateway, or, where
// that is down, from what the files say.

/// One sentence: what the tenant does and why, such as "is suspended until …: unpaid".
std::string summary(const json& status);

/// What to do about it, the most likely first, commands to paste where there are any. Empty: nothing is wrong.
std::vector<std::string> next_steps(const json& status);

/// "exited with code 1 after 0.2s", "was killed by SIGKILL after 3m12s", of `last_exit`.
std::string ending_text(const json& last_exit);

}  // namespace mt::mtm
