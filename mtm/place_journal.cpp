#include "mtm/place_journal.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "base/tenant_config.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/trash.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

bool has_key(const fs::path& folder, const std::string& key) {
    const auto config = read_tenant_config(folder / "tenant.json");
    return config.ok() && config->key == key;
}

}  // namespace

fs::path file_of(const Layout& layout, const JournalEntry& entry) {
    return layout.journal() / (entry.id.str() + "." + entry.key + ".json");
}

Status begin_entry(const Layout& layout, const JournalEntry& entry) {
    if (::mkdir(layout.journal().c_str(), 0700) == 0) MT_CHECK(sync_folder(layout.tenants()));
    else if (errno != EEXIST) return errno_error("create", layout.journal().native());
    const ordered_json text{{"op", entry.op},         {"tenant", entry.id.str()},        {"key", entry.key},
                            {"server", entry.server}, {"datasource", entry.datasource},
                            {"tenancy", entry.tenancy}, {"token", entry.token}};
    return write_file(file_of(layout, entry), pretty(text), 0600);
}

Status end_entry(const Layout& layout, const JournalEntry& entry) {
    if (::unlink(file_of(layout, entry).c_str()) != 0 && errno != ENOENT)
        return errno_error("remove", file_of(layout, entry).native());
    return sync_folder(layout.journal());
}

std::vector<JournalEntry> read_journal(const Layout& layout) {
    std::vector<JournalEntry> entries;
    std::error_code error;
    for (fs::directory_iterator at{layout.journal(), error}, end; !error && at != end; at.increment(error)) {
        if (at->path().extension() != ".json" || at->path().filename().native().starts_with('.')) continue;
        const auto object = read_object(at->path(), {});
        if (!object.ok()) continue;
        const auto text = [&](const char* name) { return object->root.value(name, std::string{}); };
        auto id = TenantId::parse(text("tenant"));
        if (!id.ok()) continue;
        JournalEntry entry{text("op"), *std::move(id), text("key"), text("server"), text("datasource"), text("tenancy"), text("token")};
        if (file_of(layout, entry) == at->path()) entries.push_back(std::move(entry));
    }
    return entries;
}

FolderPlace find_folder(const Layout& layout, const JournalEntry& entry) {
    if (has_key(layout.tenant(entry.id), entry.key)) return FolderPlace::tenants;
    const auto trash = list_trash(layout);
    if (trash.ok())
        for (const auto& each : *trash)
            if (each.id == entry.id && has_key(each.folder, entry.key)) return FolderPlace::trash;
    return FolderPlace::nowhere;
}

}  // namespace mt::mtm
