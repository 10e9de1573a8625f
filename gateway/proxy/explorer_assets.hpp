#pragma once
#include <map>
#include <string>
#include <string_view>

namespace mt::gateway {

/// The explorer's files, read once at start: a request's name is looked up here and never becomes a path.
class ExplorerAssets {
public:
    struct Asset {
        std::string_view content_type;
        std::string plain, gzip;  ///< either may be missing, not both
        std::string etag;         ///< of the plain form, without quotes
    };
    /// Regular files of the folder itself (no subfolders, no dot files) up to 16 MiB; a missing folder gives no assets.
    void load(const std::string& folder);
    bool empty() const { return assets_.empty(); }
    /// Null if there is none.
    const Asset* find(std::string_view name) const;

private:
    std::map<std::string, Asset, std::less<>> assets_;
};

}  // namespace mt::gateway
