#include "tenant-app/sandbox/identity.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/files.hpp"

namespace mt::app::sandbox {

namespace {

/// Looks as the other user for as long as it lives: the kernel checks the paths as it will check them later, ACLs and
/// all.
class EyesOf {
public:
    explicit EyesOf(uid_t uid) {
        ::setfsgid(uid);
        ::setfsuid(uid);
    }
    ~EyesOf() {
        ::setfsuid(::geteuid());
        ::setfsgid(::getegid());
    }
};

/// What bars the user, or nothing.
std::string barrier(const Plan& plan, uid_t uid) {
    const EyesOf eyes{uid};
    struct stat info {};
    if (::setfsuid(uid) != static_cast<int>(uid)) return "this user namespace has no uid " + std::to_string(uid);
    // The folder itself is opened for it later; a parent is somebody else's.
    const auto bars = " bars uid " + std::to_string(uid);
    if (::stat(plan.folder.c_str(), &info) != 0) return "a parent of " + plan.folder.native() + bars;
    for (const auto& program : plan.runs)
        if (::stat(program.c_str(), &info) != 0 && errno == EACCES) return "a parent of " + program.native() + bars;
    return {};
}

void drop_capabilities() {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    ::syscall(SYS_capset, &header, none.data());
}

void die_with_parent() {
    const char* gateway = std::getenv("MTG_GATEWAY_PID");
    if (!gateway) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::to_string(::getppid()) != gateway) ::_exit(1);
}

}  // namespace

Identity choose_identity(const Plan& plan) {
    Identity present{::geteuid(), ::getegid(), false, plan.order.why_no_uid};
    if (!plan.order.uid) return present;
    const uid_t uid = *plan.order.uid;
    if (uid == present.uid) return {uid, present.gid, true, {}};
    if (::setgroups(0, nullptr) != 0) {
        present.why_not = std::string{"setgroups: "} + std::strerror(errno);
        return present;
    }
    present.why_not = barrier(plan, uid);
    return present.why_not.empty() ? Identity{uid, uid, true, {}} : present;
}

Status become(const Identity& identity) {
    if (identity.uid != ::geteuid()) {
        if (::setresgid(identity.gid, identity.gid, identity.gid) != 0) return errno_error("setresgid");
        if (::setresuid(identity.uid, identity.uid, identity.uid) != 0) return errno_error("setresuid");
    }
    drop_capabilities();
    die_with_parent();
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error("no_new_privs");
    ::prctl(PR_SET_DUMPABLE, 0);
    return {};
}

std::vector<Finding> identity_findings(const Identity& identity) {
    const auto uid = "uid " + std::to_string(identity.uid);
    return {identity.is_own ? Finding{"user", State::granted, uid}
                            : Finding{"user", State::degraded, uid + ", the gateway's: " + identity.why_not},
            {"capabilities", State::granted, "none, and none to be had: no_new_privs"},
            {"memory_image", State::granted, "no core dump, no reading by others of the same user"}};
}

}  // namespace mt::app::sandbox
