#include "tenant-app/sandbox/limits.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/files.hpp"
#include "base/units.hpp"

namespace mt::app::sandbox {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool k_sanitized = true;  // their shadow memory is above any limit
#else
constexpr bool k_sanitized = false;
#endif

/// What became of a controller's cgroup: its file, once entered, or why there is none.
struct Entered {
    bool yes = false;
    std::string why_not = "the gateway has no cgroup for it";
};

Entered enter(const IsolationOrder& order, std::string_view controller) {
    const auto found = std::find_if(order.cgroups.begin(), order.cgroups.end(),
                                    [&](const auto& each) { return each.controller == controller; });
    if (found == order.cgroups.end()) return {};
    if (found->file.empty()) return {false, found->why_not};
    const Fd file{::open(found->file.c_str(), O_WRONLY | O_CLOEXEC)};
    if (file && ::write(file.get(), "0", 1) == 1) return {true, {}};
    return {false, "enter " + found->file + ": " + std::strerror(errno)};
}

/// Never above what is allowed already.
bool limit(__rlimit_resource resource, std::uint64_t value) {
    rlimit now{};
    if (::getrlimit(resource, &now) != 0) return false;
    const rlimit wanted{std::min<rlim_t>(value, now.rlim_max), std::min<rlim_t>(value, now.rlim_max)};
    return ::setrlimit(resource, &wanted) == 0;
}

Finding memory(const Plan& plan) {
    const auto bytes = plan.order.memory_bytes;
    if (bytes == 0) return {"memory", State::off, "any amount (limits.memory)"};
    const auto cgroup = enter(plan.order, "memory");
    const auto most = format_size(bytes);
    if (cgroup.yes) return {"memory", State::granted, most + " by cgroup"};
    if (k_sanitized || !limit(RLIMIT_DATA, bytes)) return {"memory", State::degraded, "unlimited: " + cgroup.why_not};
    if (!plan.foreign_program) return {"memory", State::granted, most + " by RLIMIT_DATA"};
    return {"memory", State::degraded, most + " for each process, not for all: " + cgroup.why_not};
}

Finding cpu(const Plan& plan) {
    if (plan.order.cpu_percent == 0) return {"cpu", State::off, "any amount (limits.cpu)"};
    const auto cgroup = enter(plan.order, "cpu");
    const auto share = std::to_string(plan.order.cpu_percent) + "% of a processor";
    if (cgroup.yes) return {"cpu", State::granted, share + " by cgroup"};
    return {"cpu", State::degraded, "unlimited: " + cgroup.why_not};
}

/// RLIMIT_NPROC counts all processes of a user: of use only where the user is the tenant's alone.
Finding pids(const Plan& plan, const Identity& identity) {
    const auto most = plan.order.pids;
    if (most == 0) return {"pids", State::off, "any number (limits.pids)"};
    const auto cgroup = enter(plan.order, "pids");
    const auto count = std::to_string(most);
    const bool by_user = identity.is_own && identity.uid != 0 && limit(RLIMIT_NPROC, most);
    if (cgroup.yes) return {"pids", State::granted, count + " by cgroup"};
    if (by_user) return {"pids", State::granted, count + " by RLIMIT_NPROC"};
    return {"pids", State::degraded, "unlimited: no user of its own, and " + cgroup.why_not};
}

Finding open_files(const Plan& plan) {
    const auto most = plan.order.open_files;
    if (most == 0) return {"files_open", State::off, "as many as the gateway (limits.files)"};
    if (limit(RLIMIT_NOFILE, most)) return {"files_open", State::granted, std::to_string(most) + " for each process"};
    return {"files_open", State::degraded, std::string{"setrlimit: "} + std::strerror(errno)};
}

Finding disk(const Plan& plan) {
    const auto most = plan.order.disk_bytes;
    if (most == 0) return {"disk", State::off, "any amount (limits.disk)"};
    // A write beyond it is an error, not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    if (!limit(RLIMIT_FSIZE, most)) return {"disk", State::degraded, std::string{"setrlimit: "} + std::strerror(errno)};
    return {"disk", State::degraded, format_size(most) + " for each file; their number is not limited"};
}

}  // namespace

std::vector<Finding> set_limits(const Plan& plan, const Identity& identity) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    return {memory(plan), cpu(plan), pids(plan, identity), open_files(plan), disk(plan)};
}

}  // namespace mt::app::sandbox
