#pragma once
#include <string>
#include <vector>

#include "base/layout.hpp"
#include "base/result.hpp"

namespace mt::mtm {

/// What is about to be done for a tenant on a database server, written before it is begun: `tenants/.journal/<id>.<key>.json`.
/// No secret is in it.
struct JournalEntry {
    std::string op;  ///< make, shelve, unshelve, drop
    TenantId id;
    std::string key, server, datasource, tenancy;
    std::string token;  ///< of `make`: what the server's registry knows it by
};

/// On stable storage when it returns. The caller holds the tenant's lock.
Status begin_entry(const Layout& layout, const JournalEntry& entry);
/// What it speaks of is done, or undone.
Status end_entry(const Layout& layout, const JournalEntry& entry);
std::filesystem::path file_of(const Layout& layout, const JournalEntry& entry);
/// Those of programs that were killed, and of those that run. What cannot be read is left out.
std::vector<JournalEntry> read_journal(const Layout& layout);

/// Where the tenant's folder is, which decides what an entry that was left comes to.
enum class FolderPlace { tenants, trash, nowhere };
/// By its key: another tenant may have the id by now. The caller holds the lock of `entry.id`.
FolderPlace find_folder(const Layout& layout, const JournalEntry& entry);

}  // namespace mt::mtm
