#pragma once
#include <filesystem>

#include "tenant-app/model/model.hpp"

namespace mt::app {

/// Makes the tables of the SQLite data sources in an empty database in memory: what no database can hold is found before a worker
/// starts with it. Fails with invalid_config, in the model's file.
Status try_tables(const Registry& registry, const std::filesystem::path& folder);

}  // namespace mt::app
