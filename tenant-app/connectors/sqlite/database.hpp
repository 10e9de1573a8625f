#pragma once
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.hpp"
#include "tenant-app/data/sql/render.hpp"
#include "tenant-app/model/record.hpp"

namespace mt::app::sqlite {

/// One connection with its prepared statements. Belongs to one thread at a time.
class Database {
public:
    /// Opens or creates the file (its folder too), with WAL, synchronous=FULL, foreign keys, and a page cache of 256 KiB.
    /// Fails with invalid_config for a file that is no database, with failed, unavailable.
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
    /// An empty one that no file stands behind.
    static Result<std::unique_ptr<Database>> in_memory();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    /// Statements without parameters or rows.
    Status run(const char* sql);
    /// The same for one statement that comes again and again: it is prepared once.
    Status step(const std::string& sql);
    /// A prepared statement, reset and without bindings; kept for the next time. Valid until the next call of prepare().
    Result<sqlite3_stmt*> prepare(const std::string& sql);
    /// Steps that take longer than this from now end with timed_out; zero: no end.
    void set_deadline(std::chrono::milliseconds timeout);

    sqlite3* handle() const { return db_; }
    /// What the last call left behind. `model`, if known, turns a constraint into the conflict that names the property.
    Error error(const Model* model = nullptr) const;

private:
    Database(sqlite3* db, std::filesystem::path file) : db_(db), file_(std::move(file)) {}
    static Result<std::unique_ptr<Database>> connect(const std::filesystem::path& file, const char* settings);

    sqlite3* db_;
    std::filesystem::path file_;
    std::unordered_map<std::string, sqlite3_stmt*> statements_;
    std::chrono::steady_clock::time_point deadline_{};
};

/// Resets the statement when a function is left: an open one would keep its read transaction.
class Resetting {
public:
    explicit Resetting(sqlite3_stmt* statement) : statement_(statement) {}
    Resetting(const Resetting&) = delete;
    Resetting& operator=(const Resetting&) = delete;
    ~Resetting() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

private:
    sqlite3_stmt* statement_;
};

/// Binds parameters in their order. A condition is bound as what mt_test() takes, which borrows it until the reset.
/// Fails with failed (too large a value).
Status bind(Database& database, sqlite3_stmt* statement, const std::vector<sql::Parameter>& parameters);
Status bind_value(Database& database, sqlite3_stmt* statement, int at, const Value& value);

/// A column as the property's value; null for NULL.
Value read_value(const Property& property, sqlite3_value* column);
Value read_column(const Property& property, sqlite3_stmt* statement, int at);
/// The `_extra` column: an object or null.
Value read_extra(sqlite3_stmt* statement, int at);

/// mt_test(column, condition), mt_merge(object, changes) and mt_distance(column, path, lat, lng).
Status define_functions(sqlite3* db);

}  // namespace mt::app::sqlite
