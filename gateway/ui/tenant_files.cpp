#include "gateway/ui/tenant_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/files.hpp"
#include "base/units.hpp"
#include "gateway/ui/mask.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_files_max = 200, k_file_bytes_max = 256u << 10, k_all_bytes_max = 2u << 20;
constexpr auto k_files = std::to_array<std::pair<std::string_view, ConfigFile>>(
    {{"tenant", ConfigFile::tenant}, {"config", ConfigFile::values}, {"datasources", ConfigFile::values},
     {"model-config", ConfigFile::model}, {"middleware", ConfigFile::model}, {"component-config", ConfigFile::model}});

/// What kind of file a name of the tenant's folder is, layers such as config.local.json included; nothing: not one that
/// is shown.
std::optional<ConfigFile> kind_of(std::string_view name) {
    if (!name.ends_with(".json")) return std::nullopt;
    for (const auto& [stem, kind] : k_files)
        if (name.starts_with(stem) && name.substr(stem.size()).starts_with('.')) return kind;
    return std::nullopt;
}

struct Found {
    std::string name;  ///< from the tenant's folder
    ConfigFile kind;
};

std::vector<Found> files_in(const fs::path& folder, const std::string& prefix, std::optional<ConfigFile> all_are) {
    std::vector<Found> found;
    std::error_code ignored;
    fs::directory_iterator at{folder, ignored};
    for (; at != fs::directory_iterator{} && found.size() < k_files_max; at.increment(ignored)) {
        const auto name = at->path().filename().native();
        const auto kind = all_are && name.ends_with(".json") ? all_are : kind_of(name);
        if (kind && !name.starts_with('.') && at->symlink_status(ignored).type() == fs::file_type::regular)
            found.push_back({prefix + name, *kind});
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.name < b.name; });
    return found;
}

json one_file(const fs::path& folder, const Found& file) {
    json row{{"name", file.name}};
    const auto path = folder / file.name;
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) {
        row["bytes"] = info.st_size;
        row["changed"] = format_time(std::chrono::system_clock::from_time_t(info.st_mtime));
    }
    auto text = read_file(path, k_file_bytes_max);
    if (!text.ok()) {
        row["error"] = text.error().message();
        return row;
    }
    auto root = parse_config(JsonFile{path, *std::move(text), file.name});
    if (!root.ok()) {
        row["error"] = "not JSON that can be read; mtm check tells more";
        row["line"] = root.error().place().line;
        return row;
    }
    mask_secrets(*root, file.kind);
    row["content"] = root->dump(2, ' ', false, ordered_json::error_handler_t::replace);
    return row;
}

}  // namespace

json tenant_files(const fs::path& folder) {
    auto all = files_in(folder, "", std::nullopt);
    if (is_real_folder(folder / "models")) {
        const auto models = files_in(folder / "models", "models/", ConfigFile::model);
        all.insert(all.end(), models.begin(), models.end());
    }
    auto rows = json::array();
    std::size_t bytes = 0;
    for (const auto& file : all) {
        if (rows.size() == k_files_max || bytes > k_all_bytes_max) break;
        auto row = one_file(folder, file);
        bytes += row.contains("content") ? row["content"].get_ref<const std::string&>().size() : 0;
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace mt::gateway
