#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/layout.hpp"
#include "base/result.hpp"

namespace mt::mtm {

/// Something in the tenants folder that belongs to nobody: what a killed program left, or what outlived its tenant.
struct Leftover {
    std::string check;  ///< staging, aliases, snapshots, files, trash, keys
    std::string found;  ///< for people
    std::string fix;    ///< where it cannot be cleared away by us
    std::function<Status()> clear;  ///< empty: only a person can decide
};

/// By kind. Nothing that another mtm works on at this moment is among them.
std::vector<Leftover> find_leftovers(const Layout& layout);

}  // namespace mt::mtm
