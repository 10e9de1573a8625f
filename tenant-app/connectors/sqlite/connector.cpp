// One connection on the loop for reads, bounded by a deadline; one on the writer's thread (writer.hpp). WAL lets them work side
// by side. A read that follows a write sees it: the write is committed before its caller goes on.
// Until something is written there is no file: an empty database in memory answers, and becomes the file with the first write
// (docs/decisions/0008-first-write.md).
#include <unistd.h>

#include <atomic>

#include "tenant-app/connectors/factories.hpp"
#include "tenant-app/connectors/id_counter.hpp"
#include "tenant-app/connectors/sqlite/counters.hpp"
#include "tenant-app/connectors/sqlite/index_advisor.hpp"
#include "tenant-app/connectors/sqlite/publish.hpp"
#include "tenant-app/connectors/sqlite/table.hpp"
#include "tenant-app/connectors/sqlite/writer.hpp"
#include "tenant-app/data/carried.hpp"

namespace mt::app {

namespace {

using namespace std::chrono_literals;
using sqlite::Database;
using sqlite::Resetting;
using sqlite::Table;

/// The loop serves nobody else while it reads.
constexpr auto k_read_timeout = 5s;

/// What the writer's thread alone uses.
struct WriterState {
    std::map<std::string, IdCounter> counters;
};

Result<std::int64_t> read_number(Database& database, const std::string& sql, const Value& parameter) {
    MT_TRY(auto* statement, database.prepare(sql));
    const Resetting resetting{statement};
    MT_CHECK(sqlite::bind_value(database, statement, 1, parameter));
    const int step = sqlite3_step(statement);
    if (step == SQLITE_ROW) return sqlite3_column_int64(statement, 0);
    if (step == SQLITE_DONE) return std::int64_t{0};
    return database.error();
}

/// Binds all properties (`without`: one is left out) and `_extra`. Answers the next position.
Result<int> bind_record(Database& database, sqlite3_stmt* statement, const Table& table, const Record& record,
                        std::optional<std::size_t> without) {
    int at = 1;
    for (std::size_t i = 0; i < record.values.size(); ++i) {
        if (without == i) continue;
        MT_CHECK(sqlite::bind_value(database, statement, at++, sql::stored(table.model->properties[i], record.values[i])));
    }
    if (table.has_extra) {
        const bool some = record.extra.is_object() && !record.extra.empty();
        MT_CHECK(sqlite::bind_value(database, statement, at++, some ? record.extra : json{}));
    }
    return at;
}

Result<Value> insert(Database& database, WriterState& state, const Table& table, Record record) {
    const auto& model = *table.model;
    auto& id = record.values[model.id_index];
    if (is_undefined(id)) id = nullptr;
    const bool chosen = id.is_number() ? id != 0 : id.is_string() && id != "";
    if (table.counts_ids) {
        // Asked inside the transaction: another worker of this tenant may have written meanwhile.
        MT_TRY(const auto last, read_number(database, "SELECT seq FROM sqlite_sequence WHERE name = ?", model.table));
        id = state.counters[model.name].take(model.id(), id, last);
    } else if (!table.integer_id) {
        MT_TRY(const auto last, read_number(database, "SELECT seq FROM \"_mtg_sequence\" WHERE name = ?", model.table));
        id = state.counters[model.name].take(model.id(), id, last);
        if (!chosen) {
            MT_TRY(auto* count, database.prepare("INSERT INTO \"_mtg_sequence\" VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2"));
            const Resetting resetting{count};
            MT_CHECK(sqlite::bind_value(database, count, 1, model.table));
            MT_CHECK(sqlite::bind_value(database, count, 2, coerce_operand(Type::number, id)));
            if (sqlite3_step(count) != SQLITE_DONE) return database.error();
        }
    } else if (!chosen) {
        id = nullptr;  // a table of somebody else's: SQLite chooses
    }
    MT_TRY(auto* statement, database.prepare(table.insert));
    const Resetting resetting{statement};
    MT_TRY([[maybe_unused]] const int next, bind_record(database, statement, table, record, std::nullopt));
    if (sqlite3_step(statement) != SQLITE_DONE) return database.error(&model);
    if (id.is_null()) return Value(static_cast<std::int64_t>(sqlite3_last_insert_rowid(database.handle())));
    return std::move(id);
}

/// Runs a statement that changes rows; answers how many.
Result<Value> change(Database& database, const Model& model, const sql::Statement& sql) {
    MT_TRY(auto* statement, database.prepare(sql.text));
    const Resetting resetting{statement};
    MT_CHECK(sqlite::bind(database, statement, sql.parameters));
    if (sqlite3_step(statement) != SQLITE_DONE) return database.error(&model);
    return Value(static_cast<std::int64_t>(sqlite3_changes64(database.handle())));
}

Result<Value> count_rows(Database& database, const Table& table, const Where& where) {
    sql::Statement sql;
    sql.text = "SELECT count(*) FROM " + sql::quote(table.model->table);
    sql::append_where(sql, *table.model, where, table.has_extra);
    MT_TRY(auto* statement, database.prepare(sql.text));
    const Resetting resetting{statement};
    MT_CHECK(sqlite::bind(database, statement, sql.parameters));
    if (sqlite3_step(statement) != SQLITE_ROW) return database.error();
    return Value(static_cast<std::int64_t>(sqlite3_column_int64(statement, 0)));
}

sql::Statement update_statement(const Table& table, const Where& where, const Record& changes) {
    const auto& model = *table.model;
    sql::Statement sql;
    const char* separator = " SET ";
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        if (is_undefined(changes.values[i]) || i == model.id_index) continue;
        sql.text += separator + sql::quote(model.properties[i].column) + " = ?";
        sql.parameters.push_back({sql::stored(model.properties[i], changes.values[i]), nullptr});
        separator = ", ";
    }
    if (table.has_extra && changes.extra.is_object() && !changes.extra.empty()) {
        sql.text += separator + sql::quote(sql::k_extra) + " = mt_merge(" + sql::quote(sql::k_extra) + ", ?)";
        sql.parameters.push_back({changes.extra, nullptr});
    }
    if (sql.text.empty()) return sql;
    sql.text.insert(0, "UPDATE " + sql::quote(model.table));
    sql::append_where(sql, model, where, table.has_extra);
    return sql;
}

class Sqlite final : public Connector, public Carried {
public:
    /// `name` is the file's path in the tenant's folder.
    Sqlite(const asio::any_io_executor& executor, const std::filesystem::path& folder, const std::filesystem::path& name, bool auto_index)
        : folder_(folder), name_(name), file_(folder / name), writer_(executor, file_) {
        if (auto_index) advisor_.emplace();
    }

    Status migrate(const std::vector<const Model*>& models) override {
        models_ = models;
        if (is_there()) return open();
        MT_CHECK(check_place());
        MT_TRY(reader_, Database::in_memory());
        MT_TRY(tables_, sqlite::migrate(*reader_, models_));
        provisional_ = true;
        return {};
    }

    asio::awaitable<Result<std::vector<Record>>> find(const Model& model, const Filter& filter) override {
        auto rows = read(model, filter);
        if (wanted_index_) co_await make_index();
        co_return rows;
    }

    asio::awaitable<Result<std::uint64_t>> count(const Model& model, const Where& where) override {
        ++statements_;
        MT_CO_TRY(const auto* table, table_to_read(model));
        reader_->set_deadline(k_read_timeout);
        MT_CO_TRY(const auto rows, count_rows(*reader_, *table, where));
        co_return rows.get<std::uint64_t>();
    }

    // Work is named before it is awaited: g++ 12 destroys closures made inside a co_await expression twice.
    asio::awaitable<Result<Value>> create(const Model& model, const Record& record) override {
        ++statements_;
        MT_CO_TRY(const auto* table, table_to_write(model));
        sqlite::Writer::Work work = [state = state_, table, record](Database& database) { return insert(database, *state, *table, record); };
        co_return co_await writer_.run(std::move(work));
    }

    asio::awaitable<Result<std::uint64_t>> update(const Model& model, const Where& where, const Record& changes) override {
        ++statements_;
        MT_CO_TRY(const auto* table, table_to_write(model));
        sqlite::Writer::Work work = [table, where, changes](Database& database) -> Result<Value> {
            const auto sql = update_statement(*table, where, changes);
            if (sql.text.empty()) return count_rows(database, *table, where);
            return change(database, *table->model, sql);
        };
        MT_CO_TRY(const auto rows, co_await writer_.run(std::move(work)));
        co_return rows.get<std::uint64_t>();
    }

    asio::awaitable<Result<bool>> replace(const Model& model, const Value& id, const Record& record) override {
        ++statements_;
        MT_CO_TRY(const auto* table, table_to_write(model));
        sqlite::Writer::Work work = [table, id, record](Database& database) -> Result<Value> {
            MT_TRY(auto* statement, database.prepare(table->replace));
            const Resetting resetting{statement};
            MT_TRY(const int next, bind_record(database, statement, *table, record, table->model->id_index));
            MT_CHECK(sqlite::bind_value(database, statement, next, sql::stored(table->model->id(), id)));
            if (sqlite3_step(statement) != SQLITE_DONE) return database.error(table->model);
            return Value(static_cast<std::int64_t>(sqlite3_changes64(database.handle())));
        };
        MT_CO_TRY(const auto rows, co_await writer_.run(std::move(work)));
        co_return rows.get<std::int64_t>() > 0;
    }

    asio::awaitable<Result<std::uint64_t>> destroy(const Model& model, const Where& where) override {
        ++statements_;
        MT_CO_TRY(const auto* table, table_to_write(model));
        sqlite::Writer::Work work = [table, where](Database& database) {
            sql::Statement sql;
            sql.text = "DELETE FROM " + sql::quote(table->model->table);
            sql::append_where(sql, *table->model, where, table->has_extra);
            return change(database, *table->model, sql);
        };
        MT_CO_TRY(const auto rows, co_await writer_.run(std::move(work)));
        co_return rows.get<std::uint64_t>();
    }

    bool joins() const override { return true; }

    Status hold_still() override {
        held_ = true;
        return provisional_ ? Status{} : reader_->run(sqlite::k_hold);
    }
    Result<json> counters() override { return provisional_ ? json::object() : sqlite::read_counters(*reader_); }
    Status set_counters(const json& counters) override {
        return provisional_ ? Status{} : sqlite::write_counters(*reader_, counters);
    }

    Status begin() override {
        if (provisional_) {
            MT_CHECK(sqlite::publish(*reader_, folder_, name_));
            MT_CHECK(open());
        }
        reader_->set_deadline(std::chrono::milliseconds{0});
        return reader_->run("BEGIN IMMEDIATE");
    }
    Result<Value> add(const Model& model, const Record& record) override {
        MT_TRY(const auto* table, table_of(model));
        return insert(*reader_, *state_, *table, record);
    }
    Status commit() override { return reader_->run("COMMIT"); }
    Status roll_back() override { return reader_->run("ROLLBACK"); }

    std::uint64_t statements() const override { return statements_; }

private:
    bool is_there() const {
        std::error_code unknown;
        return std::filesystem::exists(file_, unknown) || unknown;
    }

    /// What would keep a file from being made is said at the start, not with the first write.
    Status check_place() const {
        std::error_code failure;
        std::filesystem::create_directories(file_.parent_path(), failure);
        if (failure) return Error{Errc::failed, "cannot create " + file_.parent_path().native() + ": " + failure.message()};
        if (::access(file_.parent_path().c_str(), W_OK | X_OK) == 0) return {};
        const std::error_code why{errno, std::generic_category()};
        return Error{Errc::failed, "cannot make the database " + file_.native() + ": " + why.message()}.in_file(file_.native());
    }

    /// The file takes the place of what is in memory.
    Status open() {
        MT_TRY(auto database, Database::open(file_));
        MT_TRY(auto tables, sqlite::migrate(*database, models_));
        reader_ = std::move(database);
        tables_ = std::move(tables);
        if (advisor_) advisor_->knows(tables_.indexes);
        provisional_ = false;
        return held_ ? reader_->run(sqlite::k_hold) : Status{};
    }

    /// Tables are known once migrate() has run, and stay where they are from the first write on.
    Result<const Table*> table_of(const Model& model) const {
        const auto table = tables_.find(model.name);
        if (table == tables_.end()) return Error{Errc::failed, "database: no table for " + model.name};
        return &table->second;
    }

    Result<const Table*> table_to_read(const Model& model) {
        // Another worker of this tenant may have written what this one must not miss.
        if (provisional_ && is_there()) MT_CHECK(open());
        return table_of(model);
    }

    Result<const Table*> table_to_write(const Model& model) {
        if (provisional_) {
            MT_CHECK(sqlite::publish(*reader_, folder_, name_));
            MT_CHECK(open());
        }
        return table_of(model);
    }

    Result<std::vector<Record>> read(const Model& model, const Filter& filter) {
        ++statements_;
        MT_TRY(const auto* table, table_to_read(model));
        sql::Statement sql;
        sql.text.reserve(512);
        sql.parameters.reserve(4);
        sql.text += table->select;
        sql::append_where(sql, model, filter.where, table->has_extra);
        const auto unordered_length = sql.text.size();
        const bool sorts = advisor_ && advisor_->should_sort(sql.text);
        sql::append_order(sql, model, filter, sorts ? sql::Ordering::sorted : sql::Ordering::any);
        sql::append_window(sql, filter);
        MT_TRY(auto* statement, reader_->prepare(sql.text));
        const Resetting resetting{statement};
        MT_CHECK(sqlite::bind(*reader_, statement, sql.parameters));
        reader_->set_deadline(k_read_timeout);
        std::vector<Record> rows;
        int step = SQLITE_DONE;
        while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
            auto& row = rows.emplace_back(model);
            for (std::size_t i = 0; i < row.values.size(); ++i) {
                row.values[i] = sqlite::read_column(model.properties[i], statement, static_cast<int>(i));
            }
            if (table->has_extra) row.extra = sqlite::read_extra(statement, static_cast<int>(row.values.size()));
        }
        if (step != SQLITE_DONE) return reader_->error();
        if (advisor_) {
            const auto looked_at = static_cast<std::uint64_t>(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1));
            sql.text.resize(unordered_length);
            wanted_index_ = advisor_->note(*table, filter, sql.text, looked_at, rows.size(), sorts);
        }
        return rows;
    }

    /// The read that was the last straw waits for it; others do not. Without it all goes on as it was.
    asio::awaitable<void> make_index() {
        const auto index = *std::exchange(wanted_index_, std::nullopt);
        sqlite::Writer::Work work = [sql = index.sql](Database& database) -> Result<Value> {
            MT_CHECK(database.run(sql.c_str()));
            return Value{};
        };
        [[maybe_unused]] const auto made = co_await writer_.run(std::move(work));
    }

    const std::filesystem::path folder_, name_, file_;
    std::vector<const Model*> models_;
    std::unique_ptr<Database> reader_;
    bool held_ = false;         // hold_still() was called
    bool provisional_ = false;  // the reader is a database in memory, without rows
    std::optional<sqlite::IndexAdvisor> advisor_;  // none: "autoIndex" is false
    std::optional<sqlite::IndexAdvisor::Index> wanted_index_;
    sqlite::Tables tables_;  // written before the writer starts; read by both threads
    std::shared_ptr<WriterState> state_ = std::make_shared<WriterState>();  // shared with queued work
    std::uint64_t statements_ = 0;
    sqlite::Writer writer_;  // last: its thread ends before what it uses goes
};

}  // namespace

Result<std::unique_ptr<Connector>> make_sqlite(const asio::any_io_executor& executor, const std::filesystem::path& folder,
                                               const Datasource& datasource) {
    const auto refused = [&](const char* key, std::string message) {
        const auto pointer = "/" + pointer_escape(datasource.name) + "/" + key;
        return Error{Errc::invalid_config, std::move(message)}.in_file("datasources.json", 0, pointer);
    };
    std::filesystem::path file = "data/db.sqlite3";
    if (datasource.settings && datasource.settings->contains("file")) {
        const auto& setting = (*datasource.settings)["file"];
        if (!setting.is_string() || setting.get_ref<const std::string&>().empty()) return refused("file", "\"file\" is the path of the database file");
        file = std::filesystem::path{setting.get<std::string>()}.lexically_normal();
    }
    if (file == ":memory:") return refused("file", "a database in memory is the connector \"memory\"");
    // The process is the wall between tenants; a path must not reach over it.
    if (file.is_absolute() || file.native().starts_with("..") || !file.has_filename()) {
        return refused("file", "the database file must lie in the tenant's folder");
    }
    std::error_code unknown;
    const auto home = std::filesystem::canonical(folder, unknown);
    const auto place = std::filesystem::weakly_canonical(folder / file, unknown);
    if (unknown)
        return Error{Errc::failed, "cannot look into " + (folder / file).parent_path().native() + ": " + unknown.message()}.hint(
            "it must be readable for the user who runs mtg, or be the tenant's own");
    if (place.lexically_relative(home).native().starts_with("..")) {
        return refused("file", "the database file must lie in the tenant's folder, and " + (folder / file).native() + " leads out of it by a symbolic link");
    }
    bool auto_index = true;
    if (datasource.settings && datasource.settings->contains("autoIndex")) {
        const auto& setting = (*datasource.settings)["autoIndex"];
        if (!setting.is_boolean()) return refused("autoIndex", "\"autoIndex\" is true or false");
        auto_index = setting.get<bool>();
    }
    return std::unique_ptr<Connector>{std::make_unique<Sqlite>(executor, folder, file, auto_index)};
}

}  // namespace mt::app
