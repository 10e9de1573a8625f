#include "mtm/leftovers.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/aliases.hpp"
#include "base/files.hpp"
#include "base/tenant_config.hpp"
#include "mtm/select.hpp"
#include "mtm/trash.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

using Leftovers = std::vector<Leftover>;

Status remove_tree(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return Error{Errc::failed, "remove " + path.native() + ": " + error.message()};
    return sync_folder(path.parent_path());
}

std::vector<fs::path> entries_of(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error &&
        at != end; at.increment(error)) entries.push_back(at->path());
    std::sort(entries.begin(), entries.end());
    return entries;
}

/// Somebody works on the tenant at this moment.
bool is_held(const Layout& layout, const TenantId& id) { return !FileLock::acquire(layout.lock(id)).ok(); }

void find_in_staging(const Layout& layout, Leftovers& found) {
    for (const auto& path : entries_of(layout.staging())) {
        const auto id = TenantId::parse(path.stem().native());
        if (id.ok() && is_held(layout, *id)) continue;
        found.push_back({"staging", path.native() + " was left by a program that was killed", {},
            [path] { return remove_tree(path); }});
    }
}

/// An entry is written whole or not at all; what it is about comes to its end by who has the login of the server.
void find_in_journal(const Layout& layout, Leftovers& found) {
    for (const auto& path : entries_of(layout.journal())) {
        const auto name = path.filename().native();
        const auto id = name.starts_with('.') ? TenantId::parse(name.substr(1, name.find('.', 1) - 1)) : TenantId::parse("");
        if (!id.ok() || is_held(layout, *id)) continue;
        found.push_back({"files", path.native() + " was left by a program that was killed", {},
            [path] { return remove_tree(path); }});
    }
}

void find_in_trash(const Layout& layout, Leftovers& found) {
    for (const auto& path : entries_of(layout.trash())) {
        const auto name = path.filename().native();
        if (TenantId::is_valid(name.substr(0, name.find('.'))) && name.find('.') != std::string::npos) continue;
        found.push_back({"trash", path.native() + " is no removed tenant: mtm neither brings it back nor purges it",
                         "move it away: mv " + path.native() + " /tmp", {}});
    }
}

/// The tenants with each key, removed ones as the path of their folder.
std::map<std::string, std::vector<std::string>> owners_of_keys(const Layout& layout, bool with_trash) {
    std::map<std::string, std::vector<std::string>> owners;
    const auto add = [&](const fs::path& folder, const std::string& name) {
        const auto config = read_tenant_config(folder / "tenant.json");
        if (config.ok() && !config->key.empty()) owners[config->key].push_back(name);
    };
    if (const auto names = tenant_names(layout); names.ok())
        for (const auto& name : *names) add(layout.tenants() / name, name);
    if (const auto trash = list_trash(layout); with_trash && trash.ok())
        for (const auto& removed : *trash) add(removed.folder, removed.folder.native());
    return owners;
}

void find_in_aliases(const Layout& layout, Leftovers& found) {
    const auto owners = owners_of_keys(layout, true);
    const auto now = std::chrono::system_clock::now();
    for (const auto& alias : read_aliases(layout.aliases())) {
        const auto from = TenantId::parse(alias.from);
        std::string why;
        if (alias.until <= now) why = "its time is over";
        else if (is_real_folder(layout.tenant(*from))) why = "a tenant has that name";
        else if (!owners.contains(alias.key)) why = "the tenant it leads to is gone";
        if (why.empty() || is_held(layout, *from)) continue;
        found.push_back({"aliases", "the former name " + alias.from + " redirects nobody: " + why, {},
                         [folder = layout.aliases(), id = *from] { return remove_alias(folder, id); }});
    }
}

void find_in_snapshots(const Layout& layout, Leftovers& found) {
    const auto owners = owners_of_keys(layout, true);
    for (const auto& path : entries_of(layout.snapshots())) {
        if (!owners.contains(path.filename().native())) {
            found.push_back({"snapshots", path.native() + " belongs to no tenant, removed ones included", {},
                [path] { return remove_tree(path); }});
            continue;
        }
        for (const auto& file : entries_of(path))
            if (file.filename().native().starts_with('.'))
                found.push_back({"snapshots", file.native() + " was not finished", {},
                    [file] { return remove_tree(file); }});
    }
}

void find_twins(const Layout& layout, Leftovers& found) {
    for (const auto& [key, tenants] : owners_of_keys(layout, false)) {
        if (tenants.size() < 2) continue;
        std::string names;
        for (const auto& tenant : tenants) names += (names.empty() ? "" : ", ") + tenant;
        found.push_back({"keys", "the same key in " + names + ": snapshots and former names would be shared",
                         "take \"key\" out of the copy's tenant.json; mtm clone makes copies with keys of their own",
                             {}});
    }
}

/// Temporary files whose writer was killed, in the folders that are written all the time.
void find_in_tenants(const Layout& layout, Leftovers& found) {
    const auto names = tenant_names(layout);
    if (!names.ok()) return;
    for (const auto& name : *names) {
        const auto id = TenantId::parse(name);
        if (!id.ok() || is_held(layout, *id)) continue;
        for (const auto* folder : {"", "models", "data"})
            for (const auto& path : entries_of(layout.tenants() / name / folder)) {
                const auto file = path.filename().native();
                const bool temporary = file.starts_with('.') && file.size() > 8 && file[file.size() - 7] == '.' &&
                                       file.find(".json.") != std::string::npos;
                const bool copy = file.starts_with('.') && file.find(".copy-") != std::string::npos;
                if (temporary || copy)
                    found.push_back({"files", path.native() + " was left by a program that was killed", {},
                        [path] { return remove_tree(path); }});
            }
    }
}

}  // namespace

std::vector<Leftover> find_leftovers(const Layout& layout) {
    Leftovers found;
    find_in_staging(layout, found);
    find_in_journal(layout, found);
    find_in_tenants(layout, found);
    find_in_aliases(layout, found);
    find_in_snapshots(layout, found);
    find_twins(layout, found);
    find_in_trash(layout, found);
    return found;
}

}  // namespace mt::mtm
