#pragma once
#include <string>

#include "base/result.hpp"

namespace mt::mtm {

/// Asks a person at the terminal. Fails with usage if the answer is no, and where there is no terminal: `verb` then
/// says that it needs --yes.
Status confirm(const std::string& verb, const std::string& question);

}  // namespace mt::mtm
