#pragma once
#include <chrono>
#include <filesystem>

#include "base/files.hpp"
#include "base/layout.hpp"

namespace mt::mtm {

/// Creates the tenants folder and the dot folders that mtm works in, where they are missing.
Status prepare_folders(const Layout& layout);

/// The lock of whoever changes a tenant's files. Fails with conflict if another mtm has it and keeps it for `wait`.
Result<FileLock> lock_tenant(const Layout& layout, const TenantId& id, std::chrono::milliseconds wait = {});

/// A folder in .staging in which a tenant is put together; gone with the object unless it was published. One that a killed
/// mtm left is removed by the next create(), whatever tenant that is for: who holds a tenant's lock knows that nobody else
/// works on the folders `<id>.*`.
class Staging {
public:
    /// The caller holds the lock of `id`.
    static Result<Staging> create(const Layout& layout, const TenantId& id);
    Staging(Staging&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
    Staging& operator=(Staging&&) = delete;
    ~Staging();

    const std::filesystem::path& folder() const { return folder_; }
    /// The commit point. Fails with conflict if `target` exists.
    Status publish(const std::filesystem::path& target);
    /// The commit point where there is a tenant: the two folders change places in one step, and the old one goes with
    /// this object.
    Status exchange(const std::filesystem::path& target);

private:
    explicit Staging(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;
};

/// Whoever renamed a tenant away from this folder's name no longer has a claim to the name. `tenant` is `tenants/foo`.
Status end_alias(const std::filesystem::path& tenant);

/// Fails with conflict if there is a tenant of that id.
Status check_free(const Layout& layout, const TenantId& id);

}  // namespace mt::mtm
