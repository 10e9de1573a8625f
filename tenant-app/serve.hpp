#pragma once
#include <filesystem>
#include <optional>

namespace mt::app {

/// `tenant-app <folder> serve`: loads the tenant, answers until told to stop, returns the exit code. Without `socket` the listening
/// socket is descriptor 3 and the control channel descriptor 4, as docs/ARCHITECTURE.md says; with it the worker stands alone.
int serve(const std::filesystem::path& folder, const std::optional<std::filesystem::path>& socket);

}  // namespace mt::app
