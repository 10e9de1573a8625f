#include "tenant-app/job_walls.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/layout.hpp"
#include "base/tenant_config.hpp"
#include "tenant-app/jobs/rights.hpp"
#include "tenant-app/sandbox/apply.hpp"

namespace {
bool g_within_walls = false;
}

#ifdef __SANITIZE_ADDRESS__
// Within walls no process is traced, which its search for leaks would do.
extern "C" int __lsan_is_turned_off() { return g_within_walls; }
#endif

namespace mt::app {

namespace {

/// What the gateway would order, but for the cgroups, which are its own.
Result<IsolationOrder> order_for_job(const std::filesystem::path& folder) {
    IsolationOrder order;
    std::error_code unknown;
    TenantConfig config;
    if (std::filesystem::exists(folder / "tenant.json", unknown)) {
        MT_TRY(config, read_tenant_config(folder / "tenant.json"));
    }
    order.off = config.isolation == "off";
    struct stat data {};
    if (::lstat((folder / "data").c_str(), &data) == 0 && S_ISDIR(data.st_mode) && data.st_uid != ::geteuid())
        order.uid = data.st_uid;
    order.why_no_uid = "it has no user of its own yet";
    const auto limits = merge({}, config.limits);
    order.memory_bytes = limits.memory_bytes;
    order.disk_bytes = limits.disk_bytes;
    order.pids = limits.pids;
    order.open_files = limits.open_files;
    return order;
}

Status take(const sandbox::Plan& plan, const std::filesystem::path& folder) {
    if (plan.order.off) return take_rights_of_tenant(folder);
    // sandbox::apply() has the process die with the one that is called so.
    ::setenv("MTG_GATEWAY_PID", std::to_string(::getppid()).c_str(), 1);
    MT_TRY(const auto findings, sandbox::apply(plan));
    static_cast<void>(findings);
    g_within_walls = true;
    ::unsetenv("MTG_GATEWAY_PID");
    return {};
}

}  // namespace

Status take_walls(const App& app, const std::filesystem::path& folder) {
    MT_TRY(auto order, order_for_job(folder));
    const auto plan = sandbox::plan_for_worker(std::move(order), folder, app.needs(), program_folder());
    if (!plan.writable.empty()) ::setenv("SQLITE_TMPDIR", plan.writable.front().c_str(), 1);
    return take(plan, folder);
}

Status take_walls_of_program(const std::filesystem::path& folder) {
    MT_TRY(auto order, order_for_job(folder));
    ::setenv("TMPDIR", (folder / "tmp").c_str(), 1);
    return take(sandbox::plan_for_program(std::move(order), folder), folder);
}

}  // namespace mt::app
