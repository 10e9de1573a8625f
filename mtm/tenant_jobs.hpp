#pragma once
#include <functional>
#include <string>
#include <vector>

#include "mtm/command.hpp"

namespace mt::mtm {

/// Runs the job `words` of the worker for each tenant, `parallel` of them at a time, each under its tenant's lock, and
/// calls `done` with what its document says, in the order of `ids`. When that answers false, no further one is begun.
/// Tenants that a program of the user's or another server serves are passed over: `done` gets null.
void run_tenant_jobs(const Session& session, const std::vector<TenantId>& ids, const std::vector<std::string>& words,
                     std::size_t parallel, const std::function<bool(const TenantId&, Result<json>)>& done);

}  // namespace mt::mtm
