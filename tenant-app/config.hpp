#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tenant-app/rest/settings.hpp"

namespace mt::app {

/// Reads config.json, component-config.json and middleware.json of a tenant's folder; each may be missing. Fails with invalid_config
/// at file, line and pointer. What is accepted and not acted upon is appended to `warnings`, one line each.
Result<rest::Settings> load_settings(const std::filesystem::path& folder, std::vector<std::string>& warnings);

/// body-parser's sizes: "102400", "100kb", "1.5MB"; binary multiples, case ignored. Fails with invalid_config.
Result<std::size_t> parse_bytes(std::string_view text);

}  // namespace mt::app
