#pragma once
#include <filesystem>

#include "base/cli/findings.hpp"

namespace mt::cli {

/// The check "disk": how much room, in bytes and in files, the file system of `folder` has.
void examine_room(const std::filesystem::path& folder, Findings& findings);

}  // namespace mt::cli
