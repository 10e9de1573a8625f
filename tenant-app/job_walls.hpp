#pragma once
#include <filesystem>

#include "tenant-app/app.hpp"

namespace mt::app {

/// What a job does that somebody's words decide about (a query, a program), it does as the tenant's worker would: as the
/// user that its data belongs to, behind the walls of docs/ISOLATION.md, within `limits` of tenant.json, and no longer
/// than the process that started it. A tenant that has never run has no user yet; the other walls stand nevertheless.
/// Call with the configuration read, before anything of the tenant's is opened. Fails as sandbox::apply(), and with
/// invalid_config.
Status take_walls(const App& app, const std::filesystem::path& folder);

/// The same for a program that this process is about to execute.
Status take_walls_of_program(const std::filesystem::path& folder);

}  // namespace mt::app
