#include "gateway/ui/assets.hpp"

#include <filesystem>

#include "base/files.hpp"

namespace mt::gateway {

namespace {

std::string_view page_type(std::string_view name) {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    return {};
}

}  // namespace

Result<UiAssets> UiAssets::load(const std::string& folder) {
    UiAssets assets;
    std::error_code ignored;
    for (const auto& file : std::filesystem::directory_iterator{folder, ignored}) {
        auto name = file.path().filename().native();
        const auto type = page_type(name);
        if (type.empty() || name.starts_with('.')) continue;
        MT_TRY(auto content, read_file(file.path(), 1u << 20));
        assets.assets_.emplace(std::move(name), Asset{type, std::move(content)});
    }
    if (assets.find("index.html")) return assets;
    return Error{Errc::not_found, "the operator's page is not installed: there is no " + folder + "/index.html"}.hint(
        "it is installed beside mtg, in ../share/mtg/ui");
}

const UiAssets::Asset* UiAssets::find(std::string_view name) const {
    const auto found = assets_.find(name);
    return found == assets_.end() ? nullptr : &found->second;
}

}  // namespace mt::gateway
