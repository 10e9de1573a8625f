#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt::app {

/// The job `run-program WORD…`: runs a program of the operator's choice in the tenant's folder, as the tenant's user,
/// behind the walls of a `command` tenant, with MTG_TENANT and nothing of the operator's environment but PATH, the
/// language and the terminal's kind. Whatever the program started ends with it, and all of it when this process gets
/// TERM or the one that started it goes. Ends this process as the program did; returns only what was in its way.
Error run_program(const std::filesystem::path& folder, const std::vector<std::string>& words);

/// A process of its own environment for that tenant; made before the walls are taken.
std::vector<std::string> program_environment(const std::filesystem::path& folder);

}  // namespace mt::app
