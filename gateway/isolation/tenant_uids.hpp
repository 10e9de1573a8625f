#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/tenant_id.hpp"
#include "base/uid_range.hpp"

namespace mt::gateway {

/// Which number is whose. There is no file of it: a tenant's number is the group of its folder, which the tenant
/// cannot change, so what a gateway chose once holds for all later ones, and a folder that is moved or copied brings
/// no wrong entry along. Of two folders with one group (a copy) the first that starts keeps it. One thread.
class TenantUids {
public:
    TenantUids(UidRange range, std::filesystem::path tenants);

    /// The tenant's number. Looks at every tenant's folder the first time that one is chosen. Nothing if the range is
    /// used up.
    std::optional<uid_t> of(const TenantId& tenant);

private:
    void look_at_all();
    std::optional<uid_t> group_of(const std::string& tenant) const;
    bool is_free_for(uid_t uid, const std::string& tenant) const;

    UidRange range_;
    std::filesystem::path tenants_;
    std::map<uid_t, std::string> owners_;
    bool looked_ = false;
};

}  // namespace mt::gateway
