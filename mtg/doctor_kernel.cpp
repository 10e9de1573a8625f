#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/files.hpp"
#include "mtg/doctor.hpp"

namespace mt::mtg {

namespace {

constexpr rlim_t k_descriptors_wanted = 4096, k_processes_wanted = 1024;

std::string limit_text(rlim_t limit) { return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit); }

std::uint64_t number_in(const std::string& file) {
    std::uint64_t number = 0;
    std::ifstream{file} >> number;
    return number;
}

void examine_cgroups(cli::Findings& findings) {
    const char* const fix = "run the gateway by systemd with Delegate=yes, or as root on a machine with cgroups";
    if (::access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
        std::ifstream own{"/proc/self/cgroup"};
        std::string line;
        while (std::getline(own, line) && !line.starts_with("0::")) {}
        const auto folder = "/sys/fs/cgroup" + (line.size() > 3 ? line.substr(3) : std::string{});
        if (::access(folder.c_str(), W_OK) == 0) findings.ok("cgroups", "version 2, writable");
        else findings.warn("cgroups",
            "version 2, not writable: memory and processes of tenants are bounded by rlimits alone", fix);
    } else if (::access("/sys/fs/cgroup/memory", F_OK) == 0) {
        if (::access("/sys/fs/cgroup/memory", W_OK) == 0) findings.ok("cgroups", "version 1, writable");
        else findings.warn("cgroups",
            "version 1, not writable: memory and processes of tenants are bounded by rlimits alone", fix);
    } else {
        findings.warn("cgroups", "none: memory and processes of tenants are bounded by rlimits alone", fix);
    }
}

}  // namespace

void examine_kernel(cli::Findings& findings) {
    utsname system{};
    ::uname(&system);
    findings.ok("kernel", std::string{system.sysname} + " " + system.release);

    const auto abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi > 0) findings.ok("landlock", "ABI " + std::to_string(abi));
    else findings.warn("landlock", "not there: a worker's file access is bounded by its user alone",
                       "a kernel from 5.13 on with landlock in its lsm= list");

    std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
    if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0) findings.ok("seccomp", "filters");
    else findings.warn("seccomp", "no filters: a worker may make every system call",
                       "a kernel with CONFIG_SECCOMP_FILTER");

    const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0))};
    if (process) findings.ok("pidfd", "there");
    else findings.fail("pidfd", "the kernel has none: the gateway cannot watch its workers",
                       "a kernel from 5.3 on; in a container allow pidfd_open");
    examine_cgroups(findings);
}

void examine_limits(std::size_t tenants, cli::Findings& findings) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    // A client and its worker's connection are two; a tenant that runs has four more.
    const auto wanted = std::max<rlim_t>(k_descriptors_wanted, 4 * tenants);
    const auto found = "at most " + limit_text(files.rlim_max);
    if (files.rlim_max >= wanted) findings.ok("open files", found);
    else findings.warn("open files", found + ", for " + std::to_string(tenants) + " tenants",
                       "ulimit -Hn " + std::to_string(wanted) + ", or LimitNOFILE= of the unit");

    rlimit processes{};
    ::getrlimit(RLIMIT_NPROC, &processes);
    if (processes.rlim_cur >= k_processes_wanted) findings.ok("processes", "at most " + limit_text(processes.rlim_cur));
    else findings.warn("processes", "at most " + limit_text(processes.rlim_cur),
                       "ulimit -u " + std::to_string(k_processes_wanted) + ", or TasksMax= of the unit");

    // A tenant's folder and its models folder are watched once it has been asked for.
    const auto watches = number_in("/proc/sys/fs/inotify/max_user_watches");
    const auto needed = 2 * tenants + 100;
    if (watches >= needed) findings.ok("inotify", std::to_string(watches) + " watches");
    else findings.warn("inotify", std::to_string(watches) + " watches, for " + std::to_string(tenants) +
                       " tenants: some changes are seen by the rescan only",
                       "sysctl fs.inotify.max_user_watches=" + std::to_string(needed * 2));
    const Fd instance{::inotify_init1(IN_CLOEXEC)};
    if (!instance) findings.fail("inotify instance", "none can be made: " + errno_error("inotify_init1").message(),
                                 "sysctl fs.inotify.max_user_instances=" +
                                     std::to_string(2 * number_in("/proc/sys/fs/inotify/max_user_instances")));
}

}  // namespace mt::mtg
