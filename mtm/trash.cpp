#include "mtm/trash.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

#include "base/next_step.hpp"
#include "base/units.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

fs::path trash_place(const Layout& layout, const TenantId& id, const std::string& what) {
    auto time = format_time(std::chrono::system_clock::now());
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return layout.trash() / (id.str() + "." + time + (what.empty() ? "" : "." + what + ".json"));
}

Result<std::vector<Trashed>> list_trash(const Layout& layout) {
    std::vector<Trashed> found;
    std::error_code error;
    for (fs::directory_iterator at{layout.trash(), error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().native();
        const auto dot = name.find('.');
        std::error_code ignored;
        if (dot == std::string::npos || !TenantId::is_valid(name.substr(0, dot)) || !at->is_directory(ignored)) continue;
        auto id = TenantId::parse(name.substr(0, dot));
        if (id.ok()) found.push_back({*std::move(id), name.substr(dot + 1), at->path()});
    }
    if (error && error != std::errc::no_such_file_or_directory)
        return Error{Errc::failed, "read " + layout.trash().native() + ": " + error.message()}.hint(
            std::string{next_step(error.value())});
    std::sort(found.begin(), found.end(), [](const Trashed& a, const Trashed& b) {
        return std::tie(a.removed, a.id) < std::tie(b.removed, b.id);
    });
    return found;
}

}  // namespace mt::mtm
