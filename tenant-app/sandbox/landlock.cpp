#include "tenant-app/sandbox/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.hpp"

namespace mt::app::sandbox {

namespace {

// Debian 12's header ends with ABI 2; these are of landlock(7).
constexpr std::uint64_t k_fs_truncate = 1u << 14, k_fs_ioctl_dev = 1u << 15;
constexpr std::uint64_t k_net_connect_tcp = 1u << 1;
constexpr std::uint64_t k_scope_abstract_socket = 1u << 0, k_scope_signal = 1u << 1;
constexpr int k_rule_net_port = 2;
constexpr int k_abi_refer = 2, k_abi_truncate = 3, k_abi_net = 4, k_abi_ioctl = 5, k_abi_scope = 6;

struct RulesetAttributes {
    std::uint64_t fs, net, scoped;
};
struct NetPort {
    std::uint64_t allowed, port;
};

constexpr std::uint64_t k_read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t k_run = k_read | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t k_write = k_read | LANDLOCK_ACCESS_FS_WRITE_FILE | k_fs_truncate | LANDLOCK_ACCESS_FS_REFER |
                                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR;
constexpr std::uint64_t k_more_for_programs =
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t k_of_a_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                      LANDLOCK_ACCESS_FS_EXECUTE | k_fs_truncate | k_fs_ioctl_dev;

RulesetAttributes handled(int abi, const Plan& plan) {
    RulesetAttributes all{(1u << 13) - 1, 0, 0};
    if (abi >= k_abi_refer) all.fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= k_abi_truncate) all.fs |= k_fs_truncate;
    if (abi >= k_abi_net && plan.ports) all.net = k_net_connect_tcp;
    if (abi >= k_abi_ioctl) all.fs |= k_fs_ioctl_dev;
    // A program says that it is ready to an abstract socket of its keeper's.
    if (abi >= k_abi_scope) all.scoped = k_scope_signal | (plan.foreign_program ? 0 : k_scope_abstract_socket);
    return all;
}

std::size_t known_size(int abi) {
    if (abi >= k_abi_scope) return sizeof(RulesetAttributes);
    return abi >= k_abi_net ? offsetof(RulesetAttributes, scoped) : offsetof(RulesetAttributes, net);
}

/// One ruleset while it is made.
class Ruleset {
public:
    Ruleset(const RulesetAttributes& all, std::size_t size)
        : all_(all), fd_(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all_, size, 0))) {}

    /// What is not there needs no rule.
    void allow(const std::filesystem::path& path, std::uint64_t access) {
        allow(Fd{::open(path.c_str(), O_PATH | O_CLOEXEC)}, access);
    }
    void allow(const Fd& target, std::uint64_t access) {
        struct stat info {};
        if (!target || ::fstat(target.get(), &info) != 0) return;
        if (!S_ISDIR(info.st_mode)) access &= k_of_a_file;
        landlock_path_beneath_attr rule{};
        rule.allowed_access = access & all_.fs;
        rule.parent_fd = target.get();
        ::syscall(SYS_landlock_add_rule, fd_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    void allow_port(std::uint16_t port) {
        const NetPort rule{k_net_connect_tcp, port};
        if (all_.net) ::syscall(SYS_landlock_add_rule, fd_.get(), k_rule_net_port, &rule, 0);
    }
    bool enforce() const { return fd_ && ::syscall(SYS_landlock_restrict_self, fd_.get(), 0) == 0; }

private:
    RulesetAttributes all_;
    Fd fd_;
};

/// A folder that the tenant writes, without following links below its own: a worker that runs already could put one
/// there. Name by name, not by openat2(2): systemd's RestrictSUIDSGID refuses that, and so do older containers.
Fd open_writable(const Plan& plan, const std::filesystem::path& path) {
    const auto relative = path.lexically_relative(plan.folder);
    if (relative.empty() || relative.native().starts_with("..")) return Fd{::open(path.c_str(), O_PATH | O_CLOEXEC)};
    Fd at{::open(plan.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    for (const auto& name : relative) {
        if (name.empty()) continue;  // behind a last slash
        at = Fd{::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!at) break;
    }
    return at;
}

void add_rules(Ruleset& rules, const Plan& plan, bool own_user) {
    const bool program = plan.foreign_program;
    rules.allow(plan.folder, k_read);
    for (const auto& path : plan.writable)
        rules.allow(open_writable(plan, path), k_write | (program ? k_more_for_programs : 0));
    for (const auto& path : plan.readable) rules.allow(path, k_read);
    if (own_user)
        for (const auto& path : plan.readable_as_own_user) rules.allow(path, k_read);
    for (const auto& path : plan.runs) rules.allow(path, k_run);
    // The kernel executes the dynamic loader, too.
    if (!plan.runs.empty())
        for (const char* loader : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"})
            rules.allow(loader, k_run);
    rules.allow("/dev/null", k_read | LANDLOCK_ACCESS_FS_WRITE_FILE | k_fs_truncate);
    if (plan.ports)
        for (const auto port : *plan.ports) rules.allow_port(port);
}

std::string version(int abi) { return "Landlock ABI " + std::to_string(abi); }

Finding paths_finding(int abi) {
    if (abi >= k_abi_truncate) return {"landlock", State::granted, "its folder and the libraries; " + version(abi)};
    return {"landlock", State::degraded, version(abi) + ": readable files can be emptied where modes allow it"};
}

/// Without sockets there is nothing to connect with: the seccomp filter sees to that.
Finding network_finding(int abi, const Plan& plan) {
    if (!plan.ports) return {"network", State::off, "a program of its own choice connects where it likes"};
    if (plan.ports->empty()) return {"network", State::granted, plan.unix_sockets ? "UNIX sockets only" : "no sockets"};
    std::string list;
    for (const auto port : *plan.ports) list += (list.empty() ? "" : ", ") + std::to_string(port);
    if (abi >= k_abi_net) return {"network", State::granted, "TCP to the ports " + list + "; UDP is open, for names"};
    return {"network", State::degraded, version(abi) + " cannot limit TCP to the ports " + list};
}

/// Landlock knows no rule for connecting to a socket with a path; the modes of the socket and its folder do, for another user.
Finding socket_finding(const Plan& plan, bool own_user) {
    if (own_user) return {"sockets", State::granted, "only its own: others belong to another user"};
    const bool has_none = !plan.foreign_program && !plan.unix_sockets && plan.ports && plan.ports->empty();
    if (has_none) return {"sockets", State::granted, "none: refused by the system call filter"};
    return {"sockets", State::degraded, "other tenants' have the same user; the gateway's refuses it"};
}

Finding signal_finding(int abi, const Plan& plan) {
    if (abi >= k_abi_scope) return {"signals", State::granted, plan.foreign_program ? "to its own processes" : "to its own processes; abstract sockets likewise"};
    if (!plan.foreign_program) return {"signals", State::granted, "none: refused by the system call filter"};
    return {"signals", State::degraded, version(abi) + ": processes of the same user can be signalled"};
}

}  // namespace

int landlock_abi() {
    const auto abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : static_cast<int>(abi);
}

std::vector<Finding> restrict_paths(const Plan& plan, bool own_user) {
    const auto without = [&plan, own_user](std::string why) -> std::vector<Finding> {
        return {{"landlock", State::degraded, std::move(why)}, network_finding(0, plan), socket_finding(plan, own_user), signal_finding(0, plan)};
    };
    const int abi = landlock_abi();
    if (abi == 0) return without("the kernel has no Landlock, or it is switched off (lsm=… of its command line)");
    Ruleset rules{handled(abi, plan), known_size(abi)};
    add_rules(rules, plan, own_user);
    if (!rules.enforce()) return without(std::string{"refused by the kernel: "} + std::strerror(errno));
    return {paths_finding(abi), network_finding(abi, plan), socket_finding(plan, own_user), signal_finding(abi, plan)};
}

}  // namespace mt::app::sandbox
