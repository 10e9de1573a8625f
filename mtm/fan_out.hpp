#pragma once
#include <map>
#include <string>
#include <vector>

#include "mtm/command.hpp"
#include "mtm/job_pool.hpp"

namespace mt::mtm {

/// What a job of a tenant's has printed, and how it ended.
struct FanOutEnd {
    Result<int> exit_code;
    std::string output, errors;
};

/// The job `words` of each tenant with an input; what it prints is kept, `output_bytes_max` of it, beyond which it is
/// ended. In the order of `ids`.
std::vector<FanOutEnd> fan_out(const Session& session, const std::vector<TenantId>& ids,
                               const std::vector<std::string>& words, const PoolOrder& order,
                               std::size_t output_bytes_max);

/// The tenants' jobs for run_pool().
std::vector<PooledJob> jobs_of(const Session& session, const std::vector<TenantId>& ids,
                               const std::vector<std::string>& words);

/// Why the job of a tenant failed: no exit, or one that is not 0. Nothing if it did not.
std::optional<Error> failure_of(const Session& session, const TenantId& id, const FanOutEnd& end);

}  // namespace mt::mtm
