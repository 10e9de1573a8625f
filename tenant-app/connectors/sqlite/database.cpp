#include "tenant-app/connectors/sqlite/database.hpp"

#include <cerrno>
#include <chrono>

#include "tenant-app/data/connector.hpp"

namespace mt::app::sqlite {

namespace {

constexpr std::size_t k_statements_max = 64;

int past_deadline(void* deadline) {
    return std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(deadline);
}

/// "UNIQUE constraint failed: Widget.code" → code.
std::string_view constrained_column(std::string_view message) {
    const auto dot = message.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : message.substr(dot + 1);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
    std::error_code failure;
    std::filesystem::create_directories(file.parent_path(), failure);
    if (failure) return Error{Errc::failed, "cannot create " + file.parent_path().native() + ": " + failure.message()};
    return connect(file, "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                         "PRAGMA cache_size=-256; PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF;");
}

Result<std::unique_ptr<Database>> Database::in_memory() { return connect(":memory:", "PRAGMA trusted_schema=OFF;"); }

Result<std::unique_ptr<Database>> Database::connect(const std::filesystem::path& file, const char* settings) {
    // SQLite's count of the memory it uses is never asked for, and costs every allocation a lock.
    [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3* db = nullptr;
    // NOMUTEX: a connection stays on one thread. No shared cache, no URI names.
    const int opened = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<Database> database{new Database{db, file}};
    if (opened != SQLITE_OK) return database->error();
    sqlite3_extended_result_codes(db, 1);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    MT_CHECK(database->run(settings));
    MT_CHECK(define_functions(db));
    return database;
}

Database::~Database() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(db_);
}

Status Database::run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error();
    return {};
}

Status Database::step(const std::string& sql) {
    MT_TRY(auto* statement, prepare(sql));
    const Resetting resetting{statement};
    if (sqlite3_step(statement) != SQLITE_DONE) return error();
    return {};
}

Result<sqlite3_stmt*> Database::prepare(const std::string& sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) return known->second;
    if (statements_.size() >= k_statements_max) {
        // Clients can make any number of different filters; starting over is rare, and cheaper than keeping count of uses.
        for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
        statements_.clear();
    }
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
        return error();
    }
    statements_.emplace(sql, statement);
    return statement;
}

void Database::set_deadline(std::chrono::milliseconds timeout) {
    if (timeout.count() == 0) {
        sqlite3_progress_handler(db_, 0, nullptr, nullptr);
        return;
    }
    const bool armed = deadline_ != std::chrono::steady_clock::time_point{};
    deadline_ = std::chrono::steady_clock::now() + timeout;
    if (!armed) sqlite3_progress_handler(db_, 10'000, past_deadline, &deadline_);
}

Error Database::error(const Model* model) const {
    const int code = db_ ? sqlite3_extended_errcode(db_) : SQLITE_NOMEM;
    const std::string message = db_ ? sqlite3_errmsg(db_) : "out of memory";
    const auto name = file_.filename().native();
    switch (code & 0xFF) {
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return Error{Errc::invalid_config, name + ": " + message}.in_file(file_.native()).hint(
                "restore it from a backup, or let \"file\" in datasources.json name another one");
        case SQLITE_CONSTRAINT:
            if (model && (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID)) {
                const auto column = constrained_column(message);
                for (const auto& property : model->properties) {
                    if (property.column == column) return duplicate_error(*model, property.name);
                }
                return duplicate_error(*model, column);
            }
            return Error{Errc::bad_request, "The database refuses the values: " + message};
        case SQLITE_MISMATCH: return Error{Errc::bad_request, "The database refuses the values: " + message};
        case SQLITE_TOOBIG: return Error{Errc::payload_too_large, "The values are too large for the database"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Error{Errc::unavailable, "The database is busy"};
        case SQLITE_INTERRUPT: return Error{Errc::timed_out, "The query took too long and was stopped"};
        case SQLITE_IOERR:
            // It says so of the write-ahead log's index.
            if (const int why = sqlite3_system_errno(db_); why == ENOSPC || why == EDQUOT)
                return Error{Errc::failed, "The disk is full"};
            break;
        case SQLITE_FULL: return Error{Errc::failed, "The disk is full"};
        case SQLITE_CANTOPEN:
            return Error{Errc::failed, "cannot open the database " + file_.native() + ": " + message}.in_file(file_.native());
    }
    return Error{Errc::failed, "database: " + message};
}

}  // namespace mt::app::sqlite
