#include "tenant-app/connectors/sqlite/copy.hpp"

#include <sqlite3.h>

#include <memory>
#include <string>

#include "base/files.hpp"

namespace mt::app::sqlite {

namespace fs = std::filesystem;

namespace {

struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Error failure(sqlite3* db, const fs::path& file) {
    const int code = db ? sqlite3_errcode(db) : SQLITE_NOMEM;
    const std::string message = file.filename().native() + ": " + (db ? sqlite3_errmsg(db) : "out of memory");
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) return Error{Errc::unavailable, message}.in_file(file.native());
    return Error{code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? Errc::invalid_config : Errc::failed, message}
        .in_file(file.native());
}

Result<Handle> open(const fs::path& file, int flags) {
    sqlite3* db = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Handle handle{db};
    if (code != SQLITE_OK) return failure(db, file);
    sqlite3_busy_timeout(db, 30'000);
    return handle;
}

Status check_whole(sqlite3* db, const fs::path& file) {
    std::string found;
    const auto keep = [](void* out, int, char** columns, char**) {
        *static_cast<std::string*>(out) = columns[0] ? columns[0] : "";
        return 1;  // the first line says enough
    };
    sqlite3_exec(db, "PRAGMA quick_check(1)", keep, &found, nullptr);
    if (found == "ok") return {};
    return Error{Errc::invalid_config,
                 file.filename().native() + " is damaged: " + (found.empty() ? sqlite3_errmsg(db) : found)}
        .in_file(file.native());
}

/// All pages in one step: one read transaction, so that a writer cannot make it start over for ever.
Status copy_pages(sqlite3* from, sqlite3* to, const fs::path& source, const fs::path& target) {
    auto* backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup) return failure(to, target);
    int step = SQLITE_OK;
    for (int tries = 0; tries < 300 && step != SQLITE_DONE; ++tries) {
        step = sqlite3_backup_step(backup, -1);
        if (step != SQLITE_BUSY && step != SQLITE_LOCKED) break;
        sqlite3_sleep(100);
    }
    const int code = sqlite3_backup_finish(backup);
    if (step == SQLITE_BUSY || step == SQLITE_LOCKED)
        return Error{Errc::unavailable, source.filename().native() + " is locked by another program"}.in_file(
            source.native());
    if (code != SQLITE_OK) return failure(to, source);
    return check_whole(to, source);
}

}  // namespace

Status copy_database(const fs::path& from, const fs::path& to) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(to, error))) return Error{Errc::conflict, to.native() + " exists already"};
    fs::create_directories(to.parent_path(), error);
    if (error) return Error{Errc::failed, "create " + to.parent_path().native() + ": " + error.message()};
    MT_TRY(const auto source, open(from, SQLITE_OPEN_READONLY));
    auto copied = [&]() -> Status {
        MT_TRY(const auto target, open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
        return copy_pages(source.get(), target.get(), from, to);
    }();
    if (!copied.ok()) {
        fs::remove(to, error);
        return copied;
    }
    return sync_folder(to.parent_path());
}

}  // namespace mt::app::sqlite
