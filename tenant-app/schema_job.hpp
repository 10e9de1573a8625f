#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "tenant-app/app.hpp"

namespace mt::app {

/// The job `schema [--apply] [--rollback N] [--allow-destructive]`: what models and migrations want of the database, or
/// what would take the last N migrations back; --apply does it. Answers {"applied":[name…]} with "pending", or with
/// "done". What it saw is left in the folder (base/schema_seen.hpp). Fails with usage, and as apply_schema().
Result<json> change_schema(const std::filesystem::path& folder, const std::vector<std::string>& options);

/// The same file, by a worker that has made the tables fit the models; nothing where it is so already. A worker serves
/// whether it can be written or not.
void note_schema(const App& app, const std::filesystem::path& folder);

}  // namespace mt::app
