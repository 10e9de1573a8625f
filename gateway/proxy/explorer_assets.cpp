#include "gateway/proxy/explorer_assets.hpp"

#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "base/files.hpp"

namespace mt::gateway {

namespace {

std::string_view type_of(std::string_view name) {
    constexpr std::pair<std::string_view, std::string_view> k_types[] = {
        {".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
        {".json", "application/json"}, {".png", "image/png"}, {".svg", "image/svg+xml"}, {".txt", "text/plain; charset=utf-8"},
        {".map", "application/json"}, {".ico", "image/x-icon"},
    };
    for (const auto& [ending, type] : k_types)
        if (name.ends_with(ending)) return type;
    return name == "LICENSE" || name == "NOTICE" ? "text/plain; charset=utf-8" : "application/octet-stream";
}

/// FNV-1a: a tag must change with the content, not withstand an attack.
std::string tag_of(std::string_view content) {
    std::uint64_t hash = 14695981039346656037u;
    for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

}  // namespace

void ExplorerAssets::load(const std::string& folder) {
    namespace fs = std::filesystem;
    if (folder.empty()) return;
    std::error_code ignored;
    for (const auto& file : fs::directory_iterator{folder, ignored}) {
        auto name = file.path().filename().native();
        if (name.starts_with('.') || !file.is_regular_file(ignored)) continue;
        auto content = read_file(file.path(), 16u << 20);
        if (!content.ok()) continue;
        const bool gzip = name.ends_with(".gz");
        if (gzip) name.resize(name.size() - 3);
        Asset& asset = assets_[name];
        asset.content_type = type_of(name);
        // Of whichever is there; two forms of one name come from one build, so the tag may be either's.
        if (asset.etag.empty() || !gzip) asset.etag = tag_of(*content);
        (gzip ? asset.gzip : asset.plain) = *std::move(content);
    }
}

const ExplorerAssets::Asset* ExplorerAssets::find(std::string_view name) const {
    const auto found = assets_.find(name);
    return found == assets_.end() ? nullptr : &found->second;
}

}  // namespace mt::gateway
