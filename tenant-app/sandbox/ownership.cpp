// Runs as root in folders that another user writes: every step goes by descriptors without following links, and a file
// with a second name, which may be somebody else's file, is left alone.
#include "tenant-app/sandbox/ownership.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/files.hpp"

namespace mt::app::sandbox {

namespace fs = std::filesystem;

namespace {

constexpr int k_all_levels = 64, k_later_levels = 2;
constexpr mode_t k_group_read = S_IRGRP, k_group_list = S_IRGRP | S_IXGRP;

Fd open_folder(int at, const char* name) {
    return Fd{::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
}

template <class Each>
void for_each_entry(int folder, Each each) {
    const int copy = ::dup(folder);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{copy < 0 ? nullptr : ::fdopendir(copy), ::closedir};
    if (!stream) return;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        struct stat info {};
        if (name == "." || name == ".." || ::fstatat(folder, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISDIR(info.st_mode) || (S_ISREG(info.st_mode) && info.st_nlink == 1)) each(entry->d_name, info);
    }
}

/// The gateway's own user keeps whatever groups its files have.
bool is_users(const struct stat& info, const Identity& user) {
    return info.st_uid == user.uid && (!user.is_own || info.st_gid == user.gid);
}

/// Entries become the user's, folders with all that is in them.
void give(int folder, const Identity& to, int levels) {
    for_each_entry(folder, [&](const char* name, const struct stat& info) {
        const bool is_new = !is_users(info, to);
        if (is_new && ::fchownat(folder, name, to.uid, to.gid, AT_SYMLINK_NOFOLLOW) != 0) return;
        if (!S_ISDIR(info.st_mode) || (levels <= 1 && !is_new)) return;
        if (const auto inner = open_folder(folder, name)) give(inner.get(), to, is_new ? k_all_levels : levels - 1);
    });
}

/// Whether the user may read (and list) it, by what its mode says.
bool may_read(const struct stat& info, const Identity& user) {
    const mode_t bits = S_ISDIR(info.st_mode) ? 05 : 04;
    const unsigned shift = info.st_uid == user.uid ? 6 : info.st_gid == user.gid ? 3 : 0;
    return (info.st_mode >> shift & bits) == bits;
}

/// By descriptor: a name may be another file's by now.
void open_to_group(int folder, const char* name, const struct stat& seen, gid_t group) {
    const Fd entry{::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat info {};
    if (!entry || ::fstat(entry.get(), &info) != 0 || info.st_ino != seen.st_ino) return;
    const auto more = S_ISDIR(info.st_mode) ? k_group_list : k_group_read;
    if (::fchown(entry.get(), static_cast<uid_t>(-1), group) == 0) ::fchmod(entry.get(), (info.st_mode & 07777) | more);
}

/// Entries become readable by the user's group where they are not readable yet; who owns them stays.
void share(int folder, const Identity& with, int levels, const std::vector<ino_t>& given) {
    for_each_entry(folder, [&](const char* name, const struct stat& info) {
        if (std::find(given.begin(), given.end(), info.st_ino) != given.end()) return;
        if (!may_read(info, with)) open_to_group(folder, name, info, with.gid);
        if (!S_ISDIR(info.st_mode) || levels <= 1) return;
        if (const auto inner = open_folder(folder, name)) share(inner.get(), with, levels - 1, given);
    });
}

/// A tenant without a tenant.json must not be able to write one.
void keep_settings(int folder) {
    const Fd made{::openat(folder, "tenant.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
}

/// The tenant's folder itself: the user's group enters, nobody else. `shared`: the user makes files in it, and cannot
/// touch those of others.
bool admit(int folder, const struct stat& info, const Identity& user, bool shared) {
    if (info.st_uid == user.uid) return true;
    const mode_t mode = shared ? 01770 : (info.st_mode & 0700) | 0750;
    if (shared) keep_settings(folder);
    return (info.st_gid == user.gid || ::fchown(folder, static_cast<uid_t>(-1), user.gid) == 0) &&
           ((info.st_mode & 07777) == mode || ::fchmod(folder, mode) == 0);
}

Error out_of_reach(const Plan& plan, const fs::path& path, const Identity& user) {
    struct stat info {};
    const bool there = ::stat(path.c_str(), &info) == 0;
    const auto uid = std::to_string(user.uid);
    return Error{Errc::failed, path.native() + " cannot be written by uid " + uid +
                                   (there ? ": it belongs to uid " + std::to_string(info.st_uid) : std::string{})}
        .hint("give the tenant to the user that runs the gateway: chown -R " + uid + " " + plan.folder.native() +
              "; or start the gateway as root");
}

/// Opens a folder below `top`, name by name because another process may change what lies there; what is missing is
/// made.
Fd open_below(int top, const fs::path& relative, const Identity& user) {
    Fd at{::dup(top)};
    for (const auto& name : relative) {
        auto next = open_folder(at.get(), name.c_str());
        if (!next && errno == ENOENT && ::mkdirat(at.get(), name.c_str(), 0700) == 0) {
            next = open_folder(at.get(), name.c_str());
            if (next && ::fchown(next.get(), user.uid, user.gid) != 0) return {};
        }
        at = std::move(next);
        if (!at) break;
    }
    return at;
}

/// Makes one folder and what is in it the user's. False if the user could not write there.
bool give_folder(int folder, const struct stat& info, const Identity& user, int levels) {
    if (is_users(info, user) || ::fchown(folder, user.uid, user.gid) == 0) {
        give(folder, user, is_users(info, user) ? levels : k_all_levels);
        return true;
    }
    return user.uid == ::geteuid() && ::faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

/// The folders that the process writes. `given` gets their inodes; true if the tenant's folder itself is one of them.
Result<bool> give_folders(const Plan& plan, int top, const Identity& user, int levels, std::vector<ino_t>& given) {
    bool in_top = false;
    for (const auto& path : plan.writable) {
        const auto relative = path.lexically_relative(plan.folder);
        if (relative.empty() || relative.native().starts_with("..")) continue;  // not the tenant's
        if (relative == ".") {
            in_top = true;
            continue;
        }
        const auto folder = open_below(top, relative, user);
        struct stat info {};
        if (!folder || ::fstat(folder.get(), &info) != 0 || !give_folder(folder.get(), info, user, levels))
            return out_of_reach(plan, path, user);
        given.push_back(info.st_ino);
    }
    return in_top;
}

/// A database that lies beside the configuration: every file there, but what decides how the tenant runs.
void give_beside_settings(int top, const Identity& user) {
    for_each_entry(top, [&](const char* name, const struct stat& info) {
        const auto extension = fs::path{name}.extension().native();
        if (!S_ISREG(info.st_mode) || extension == ".json" || extension == ".js" || info.st_uid == user.uid) return;
        // What cannot be given cannot be opened by who needs it, and that is reported there.
        if (::fchownat(top, name, user.uid, user.gid, AT_SYMLINK_NOFOLLOW) != 0) return;
    });
}

}  // namespace

Result<Finding> hand_over(const Plan& plan, const Identity& user) {
    const auto top = open_folder(AT_FDCWD, plan.folder.c_str());
    struct stat info {};
    if (!top || ::fstat(top.get(), &info) != 0) return errno_error("open", plan.folder.native());
    const bool first = info.st_uid != user.uid && info.st_gid != user.gid;
    std::vector<ino_t> given;
    MT_TRY(const bool in_top, give_folders(plan, top.get(), user, first ? k_all_levels : 1, given));
    if (in_top) give_beside_settings(top.get(), user);
    share(top.get(), user, first ? k_all_levels : k_later_levels, given);
    if (!user.is_own) return Finding{"files", State::degraded, "every tenant's files belong to the gateway's user"};
    if (!admit(top.get(), info, user, in_top))
        return Finding{"files", State::degraded, "the tenant's folder stays open to others: its owner is another user"};
    if (in_top)
        return Finding{"files", State::degraded, "a database lies beside the settings: new files can be made there"};
    return Finding{"files", State::granted, "the folder is closed to other tenants, the configuration to writing"};
}

}  // namespace mt::app::sandbox
