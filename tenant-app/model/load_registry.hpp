#pragma once
#include <filesystem>

#include "tenant-app/model/model.hpp"

namespace mt::app {

/// Reads datasources.json, model-config.json and models/*.json of a tenant's folder. `connectors` are the names of known ones.
/// Fails with invalid_config at file, line and pointer; the first error in file order. Notes on what is accepted and not acted
/// upon (models/*.js, unknown keys) are appended to `warnings`, one line each, with file and pointer.
Result<Registry> load_registry(const std::filesystem::path& folder, const std::vector<std::string>& connectors,
                               std::vector<std::string>& warnings);

}  // namespace mt::app
