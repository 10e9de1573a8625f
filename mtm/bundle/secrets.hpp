#pragma once
#include <string>
#include <vector>

#include "base/json_file.hpp"

namespace mt::mtm {

/// Empties what is secret in the text of a datasources.json: passwords, tokens, and whole URLs that hold a login. What
/// refers to the environment or to a file (`${NAME}`) stays, for it is none. Appends the pointers of what went to
/// `emptied`; text that is no JSON object stays as it is.
std::string without_secrets(const std::string& text, std::vector<std::string>& emptied);

}  // namespace mt::mtm
