#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"

namespace mt::app {

/// {"code","message","tenant","file","line","pointer","hint"}: what an `error` line of the control channel holds, without line
/// breaks. What is unknown is absent.
std::string error_text(const Error& error);

/// The document of `check --json`: {"ok":true,"data":{"warnings":[…]}}.
std::string ok_text(const std::vector<std::string>& warnings);
/// {"ok":false,"error":{…}}.
std::string failed_text(const Error& error);

/// 6 for what a configuration file says, 4 for a folder that is missing, else 1.
int exit_code_of(const Error& error);

}  // namespace mt::app
