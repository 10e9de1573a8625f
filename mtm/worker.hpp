#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/tenant_id.hpp"
#include "mtm/move_in.hpp"
#include "mtm/run_job.hpp"

namespace mt::mtm {

/// The worker, beside this program. Fails with failed and a hint if it is not there.
Result<std::filesystem::path> worker_program();

/// Runs `tenant-app <folder> <words>` to its end. Fails as run_job() does, and with what the job says is wrong;
/// `display` is what its error calls the folder, which may still be in .staging.
Result<JobEnd> worker_job(const TenantId& id, const std::filesystem::path& folder, const std::string& display,
                          std::vector<std::string> words, std::chrono::milliseconds timeout);

/// Why a job of that folder, which did not exit 0, failed.
Error job_error(const TenantId& id, const std::filesystem::path& folder, const std::string& display, const JobEnd& end);

/// Fails with failed.
Result<Abilities> worker_abilities();

}  // namespace mt::mtm
