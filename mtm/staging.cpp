#include "mtm/staging.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/aliases.hpp"
#include "base/next_step.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

Status make_folder(const fs::path& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0) return sync_folder(path.parent_path());
    std::error_code ignored;
    if (errno == EEXIST && fs::is_directory(path, ignored)) return {};
    return errno_error("create", path.native());
}

void clear_leftovers(const Layout& layout, const TenantId& held) {
    std::error_code error;
    for (fs::directory_iterator at{layout.staging(), error}, end; !error && at != end; at.increment(error)) {
        const auto owner = TenantId::parse(at->path().stem().native());
        if (!owner.ok()) continue;
        std::error_code ignored;
        if (*owner == held) {
            fs::remove_all(at->path(), ignored);
        } else if (const auto lock = FileLock::acquire(layout.lock(*owner)); lock.ok()) {
            fs::remove_all(at->path(), ignored);
        }
    }
}

}  // namespace

Status prepare_folders(const Layout& layout) {
    std::error_code error;
    fs::create_directories(layout.tenants(), error);
    if (error) return Error{Errc::failed, "create " + layout.tenants().native() + ": " + error.message()}.hint(
            std::string{next_step(error.value())});
    for (const auto& folder : {layout.staging(), layout.locks(), layout.trash()}) MT_CHECK(make_folder(folder, 0700));
    return {};
}

Result<FileLock> lock_tenant(const Layout& layout, const TenantId& id, std::chrono::milliseconds wait) {
    MT_CHECK(prepare_folders(layout));
    const auto deadline = std::chrono::steady_clock::now() + wait;
    auto lock = FileLock::acquire(layout.lock(id));
    // flock(2) waits for ever or not at all.
    while (!lock.ok() && lock.error().code() == Errc::conflict && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
        lock = FileLock::acquire(layout.lock(id));
    }
    if (!lock.ok() && lock.error().code() == Errc::conflict)
        return Error{Errc::conflict, "another mtm is changing this tenant"}.of_tenant(id.str()).hint("wait for it, then try again");
    return lock;
}

Status check_free(const Layout& layout, const TenantId& id) {
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(layout.tenant(id), ignored))) return {};
    return Error{Errc::conflict, "the tenant exists already"}.of_tenant(id.str()).hint("look at it: mtm status " +
        id.str());
}

Result<Staging> Staging::create(const Layout& layout, const TenantId& id) {
    clear_leftovers(layout, id);
    std::string name = (layout.staging() / (id.str() + ".XXXXXX")).native();
    if (!::mkdtemp(name.data())) return errno_error("create", name);
    Staging staging{fs::path{name}};
    // mkdtemp's 0700 would shut out a worker that runs as the tenant's own user.
    if (::chmod(name.c_str(), 0755) != 0) return errno_error("chmod", name);
    return staging;
}

Staging::~Staging() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Status Staging::publish(const fs::path& target) {
    MT_CHECK(rename_noreplace(folder_, target));
    return end_alias(target);
}

Status Staging::exchange(const fs::path& target) {
    if (::renameat2(AT_FDCWD, folder_.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) != 0)
        return errno_error("exchange", target.native());
    MT_CHECK(sync_folder(target.parent_path()));
    return sync_folder(folder_.parent_path());
}

Status end_alias(const fs::path& tenant) {
    const auto id = TenantId::parse(tenant.filename().native());
    return id.ok() ? remove_alias(tenant.parent_path() / ".aliases", *id) : Status{};
}

}  // namespace mt::mtm
