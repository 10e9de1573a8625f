#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/layout.hpp"

namespace mt::mtm {

/// A removed tenant: `.trash/<id>.<time of removal>`.
struct Trashed {
    TenantId id;
    std::string removed;  ///< 20261120T193704.123Z: sorts by time
    std::filesystem::path folder;
};

/// Where something of `id` rests from now on; `what` is empty for the tenant, or names a model.
std::filesystem::path trash_place(const Layout& layout, const TenantId& id, const std::string& what = {});

/// Oldest first, those of one moment by id. Models that were removed from a living tenant are not among them. Fails with failed.
Result<std::vector<Trashed>> list_trash(const Layout& layout);

}  // namespace mt::mtm
