#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace mt::app {

/// A job of root's goes on as the user that the tenant's data belongs to, before it opens what that user may have made;
/// as anybody else it stays who it is. From then on it also ends with the process that started it. Call with the
/// configuration read, which that user may not be able to. Fails with failed.
Status take_rights_of_tenant(const std::filesystem::path& folder);

}  // namespace mt::app
