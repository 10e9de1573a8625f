#pragma once
#include <filesystem>

#include "base/json_file.hpp"

namespace mt::app {

/// Where a tenant's mail waits: "outbox" in its folder, or the folder in there that `outbox` of the data source with
/// the mail connector names. Fails with invalid_config at a pointer below the data source if that is elsewhere.
Result<std::filesystem::path> outbox_folder(const std::filesystem::path& folder, const ordered_json& datasource);

}  // namespace mt::app
