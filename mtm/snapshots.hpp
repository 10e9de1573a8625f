#pragma once
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "base/layout.hpp"
#include "mtm/progress.hpp"

namespace mt::mtm {

/// How a tenant was at one moment: a bundle, `.snapshots/<key>/<time>[-<reason>].mtb`. By key: they follow a rename,
/// and a new tenant of an old name has none.
struct Snapshot {
    std::string name;    ///< 20261121T193704.123Z-undo: what --at takes
    std::string reason;  ///< empty: somebody asked for it; undo: taken before a restore; auto: by the schedule
    std::chrono::system_clock::time_point time;
    std::filesystem::path path;
    std::uint64_t bytes = 0;
};

/// The folder of a tenant's snapshots; it may be missing. Fails with invalid_config: tenant.json is broken, or its key
/// is missing or cannot name a folder.
Result<std::filesystem::path> snapshots_of(const Layout& layout, const TenantId& id);

/// Oldest first.
std::vector<Snapshot> list_snapshots(const std::filesystem::path& folder);

/// What `--at` means: a name, its beginning if that is one snapshot's only, or how long ago (the newest that is at
/// least that old), or a time. Fails with not_found and usage.
Result<Snapshot> find_snapshot(const std::filesystem::path& folder, const TenantId& id, const std::string& at);

/// Takes one. The caller holds the tenant's lock. Fails as pack() does; nothing is there then.
Result<Snapshot> take_snapshot(const Layout& layout, const TenantId& id, const std::string& reason, Progress& progress);

/// Removes the oldest of those that the schedule took but for `keep`; answers their names.
Result<std::vector<std::string>> thin_out(const std::filesystem::path& folder, std::size_t keep);

/// Destroys the snapshots kept by `key`, unless a tenant, removed ones included, has it. Fails with failed.
Status forget_snapshots(const Layout& layout, const std::string& key);

/// One as it is printed.
json snapshot_row(const TenantId& id, const Snapshot& snapshot);

}  // namespace mt::mtm
