#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt::gateway {

/// The files of the page, read once. Immutable afterwards.
class UiAssets {
public:
    struct Asset {
        std::string_view content_type;
        std::string content;
    };
    /// Fails with not_found if the page is not installed.
    static Result<UiAssets> load(const std::string& folder);
    /// Null: there is none of that name.
    const Asset* find(std::string_view name) const;

private:
    std::map<std::string, Asset, std::less<>> assets_;
};

}  // namespace mt::gateway
