#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt::mtm {

struct JobEnd {
    int exit_code = 0;
    std::string out, err;  ///< at most 1 MiB each
};

/// Runs a program to its end, stdin empty. Fails with failed (cannot be started, killed by a signal) and with timed_out, when
/// it is killed.
Result<JobEnd> run_job(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                       std::chrono::milliseconds timeout);

}  // namespace mt::mtm
