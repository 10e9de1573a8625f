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
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/files.hpp"

namespace mt::app::sandbox {

namespace {

using Capabilities = std::array<__user_cap_data_struct, 2>;

Capabilities capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    Capabilities sets{};
    ::syscall(SYS_capget, &header, sets.data());
    return sets;
}

void set_capabilities(const Capabilities& sets) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    ::syscall(SYS_capset, &header, sets.data());
}

/// Looks as the other user for as long as it lives: the kernel checks the paths as it will check them later, ACLs and
/// all. What lets a gateway that is not root pass every folder is laid aside meanwhile.
class EyesOf {
public:
    explicit EyesOf(uid_t uid) {
        ::setfsgid(uid);
        ::setfsuid(uid);
        auto sets = before_;
        sets[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
        set_capabilities(sets);
    }
    ~EyesOf() {
        ::setfsuid(::geteuid());
        ::setfsgid(::getegid());
        set_capabilities(before_);
    }

private:
    const Capabilities before_ = capabilities();
};

/// "the folder /root (mode 0700) bars uid 7": the first on the way that cannot be passed. Empty: none, as far as one can see.
std::string barring_folder(const std::filesystem::path& path, uid_t uid) {
    struct stat folder {}, entry {};
    std::filesystem::path at = "/";
    for (const auto& name : path.relative_path()) {
        if (::stat((at / name).c_str(), &entry) == 0) {
            at /= name;
            folder = entry;
            continue;
        }
        if (errno != EACCES) return {};
        std::array<char, 8> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o", folder.st_mode & 07777u);
        return "the folder " + at.native() + " (mode " + mode.data() + ") bars uid " + std::to_string(uid);
    }
    return {};
}

/// What bars the user, or nothing.
std::string barrier(const Plan& plan, uid_t uid) {
    const EyesOf eyes{uid};
    if (::setfsuid(uid) != static_cast<int>(uid)) return "this user namespace has no uid " + std::to_string(uid);
    // The folder itself is opened for it later; a parent is somebody else's.
    if (auto barring = barring_folder(plan.folder, uid); !barring.empty()) return barring;
    for (const auto& program : plan.runs)
        if (auto barring = barring_folder(program, uid); !barring.empty()) return barring;
    return {};
}

void drop_capabilities() {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    set_capabilities({});
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
