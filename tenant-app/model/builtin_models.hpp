#pragma once
#include <string_view>

namespace mt::app {

/// The JSON of a model that LoopBack brings along (User, AccessToken, ACL, Role, RoleMapping, Email), or empty.
std::string_view builtin_model(std::string_view name);

}  // namespace mt::app
