#pragma once
#include <filesystem>
#include <vector>

#include "tenant-app/app.hpp"

namespace mt::app {

/// Puts up the walls that the gateway ordered (tenant-app/sandbox), now that it is known what the tenant needs, and
/// tells the gateway on `control` what the kernel granted. Does nothing in a worker that somebody runs by hand. Fails
/// as sandbox::apply, and with invalid_config for a data source that open() would refuse.
Status confine(const App& app, const std::filesystem::path& folder, int control);

/// The same for a program that this process is about to execute. It may write `data`, `files` and `tmp` of the folder,
/// the last of which becomes its TMPDIR, and the folders `writable` (absolute), of which those outside stay whose they
/// are.
Status confine_program(const std::filesystem::path& folder, std::vector<std::filesystem::path> writable, int control);

}  // namespace mt::app
