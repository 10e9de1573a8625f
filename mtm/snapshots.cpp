#include "mtm/snapshots.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/printable.hpp"
#include "base/units.hpp"
#include "mtm/bundle/pack.hpp"
#include "mtm/output_file.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/trash.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_time_signs = 20;  // 20261121T193704.123Z

std::string compact(std::chrono::system_clock::time_point time) {
    auto text = format_time(time);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

std::optional<std::chrono::system_clock::time_point> time_of(const std::string& name) {
    if (name.size() < k_time_signs) return {};
    const auto t = [&](std::size_t at, std::size_t length) { return name.substr(at, length); };
    const auto time = parse_time(t(0, 4) + "-" + t(4, 2) + "-" + t(6, 2) + "T" + t(9, 2) + ":" + t(11, 2) + ":" +
        t(13, 7));
    if (!time.ok()) return {};
    return *time;
}

std::optional<Snapshot> snapshot_at(const fs::path& path) {
    const auto name = path.stem().native();
    const auto time = time_of(name);
    struct stat info {};
    if (path.extension() != ".mtb" || !time || ::stat(path.c_str(), &info) != 0) return {};
    return Snapshot{name, name.size() > k_time_signs + 1 ? name.substr(k_time_signs + 1) : "", *time, path,
                    static_cast<std::uint64_t>(info.st_size)};
}

Status make_snapshots_folder(const fs::path& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(path.parent_path());
    return errno == EEXIST ? Status{} : Status{errno_error("create", path.native())};
}

}  // namespace

Result<fs::path> snapshots_of(const Layout& layout, const TenantId& id) {
    MT_TRY(const auto config, tenant_config(layout, id));
    if (TenantId::is_valid(config.key)) return layout.snapshots() / config.key;
    return Error{Errc::invalid_config, config.key.empty() ? "the tenant has no key"
        : "the key is no name of letters and digits"}
        .of_tenant(id.str())
        .in_file((layout.tenant(id) / "tenant.json").native(), 0, config.key.empty() ? "" : "/key")
        .hint("snapshots are kept by it: mtm config set " + id.str() + " key " + id.str() + "01");
}

std::vector<Snapshot> list_snapshots(const fs::path& folder) {
    std::vector<Snapshot> snapshots;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
        if (auto snapshot = snapshot_at(at->path())) snapshots.push_back(*std::move(snapshot));
    std::sort(snapshots.begin(), snapshots.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return snapshots;
}

Result<Snapshot> find_snapshot(const fs::path& folder, const TenantId& id, const std::string& at) {
    const auto snapshots = list_snapshots(folder);
    const auto hint = "mtm snapshots " + id.str() + " shows those that there are";
    std::vector<const Snapshot*> named;
    for (const auto& each : snapshots) {
        if (each.name == at) return each;
        if (each.name.starts_with(at)) named.push_back(&each);
    }
    if (named.size() == 1) return *named.front();
    if (named.size() > 1) return Error{Errc::usage, "several snapshots begin with " +
        in_quotes(at)}.of_tenant(id.str()).hint(hint);
    auto before = parse_time(at);
    if (const auto ago = parse_duration(at); ago.ok()) before = std::chrono::system_clock::now() - *ago;
    if (!before.ok())
        return Error{Errc::not_found, "no snapshot is called " + in_quotes(at)}.of_tenant(id.str()).hint(
            hint + "; or say how long ago, such as 2h");
    for (auto each = snapshots.rbegin(); each != snapshots.rend(); ++each)
        if (each->time <= *before) return *each;
    return Error{Errc::not_found, "no snapshot is as old as that"}.of_tenant(id.str()).hint(hint);
}

Result<Snapshot> take_snapshot(const Layout& layout, const TenantId& id, const std::string& reason,
    Progress& progress) {
    MT_TRY(const auto folder, snapshots_of(layout, id));
    MT_CHECK(make_snapshots_folder(layout.snapshots()));
    MT_CHECK(make_snapshots_folder(folder));
    const auto name = compact(std::chrono::system_clock::now()) + (reason.empty() ? "" : "-" + reason);
    const auto path = folder / (name + ".mtb");
    MT_TRY(auto file, OutputFile::create(path, 0600));
    const PackOptions options{true, reason.empty() ? "asked for" : reason};
    MT_TRY(const auto packed, pack(id, layout.tenant(id), layout.tenant(id).native(), options, file.fd(), progress));
    MT_CHECK(file.commit(false));
    return *snapshot_at(path);
}

Result<std::vector<std::string>> thin_out(const fs::path& folder, std::size_t keep) {
    auto snapshots = list_snapshots(folder);
    std::erase_if(snapshots, [](const Snapshot& each) { return each.reason != "auto"; });
    std::vector<std::string> removed;
    for (std::size_t i = 0; i + keep < snapshots.size(); ++i) {
        if (::unlink(snapshots[i].path.c_str()) != 0) return errno_error("remove", snapshots[i].path.native());
        removed.push_back(snapshots[i].name);
    }
    return removed;
}

Status forget_snapshots(const Layout& layout, const std::string& key) {
    std::error_code error;
    if (!TenantId::is_valid(key) || !fs::exists(layout.snapshots() / key, error)) return {};
    const auto has_key = [&](const fs::path& folder) {
        const auto config = read_tenant_config(folder / "tenant.json");
        return config.ok() && config->key == key;
    };
    MT_TRY(const auto names, tenant_names(layout));
    for (const auto& name : names)
        if (has_key(layout.tenants() / name)) return {};
    MT_TRY(const auto trash, list_trash(layout));
    for (const auto& removed : trash)
        if (has_key(removed.folder)) return {};
    fs::remove_all(layout.snapshots() / key, error);
    if (error) return Error{Errc::failed, "remove " + (layout.snapshots() / key).native() + ": " + error.message()};
    return {};
}

json snapshot_row(const TenantId& id, const Snapshot& snapshot) {
    return {{"id", id.str()}, {"name", snapshot.name}, {"time", format_time(snapshot.time)},
            {"reason", snapshot.reason.empty() ? "asked for" : snapshot.reason}, {"bytes", snapshot.bytes},
            {"file", snapshot.path.native()}};
}

}  // namespace mt::mtm
