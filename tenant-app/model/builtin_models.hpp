#pragma once
#include <string_view>
#include <vector>

namespace mt::app {

/// The JSON of a model that LoopBack brings along (User, AccessToken, ACL, Role, RoleMapping, Email), or empty.
std::string_view builtin_model(std::string_view name);

/// The names for which there is one.
std::vector<std::string_view> builtin_model_names();

}  // namespace mt::app
