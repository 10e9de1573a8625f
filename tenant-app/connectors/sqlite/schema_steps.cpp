#include "tenant-app/connectors/sqlite/schema_steps.hpp"

#include <algorithm>
#include <map>

#include "base/files.hpp"
#include "tenant-app/connectors/sqlite/table.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app::sqlite {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_make_ledger =
    "CREATE TABLE IF NOT EXISTS \"_mtg_migrations\" (name TEXT PRIMARY KEY, sql TEXT NOT NULL, "
    "applied TEXT NOT NULL) WITHOUT ROWID";
constexpr std::size_t k_file_bytes_max = 4u << 20;
constexpr std::string_view k_way_back = ".down.sql";

Error about(const std::string& name, std::string message) {
    return Error{Errc::invalid_config, std::move(message)}.in_file("migrations/" + name);
}

Result<SchemaStep> read_step(const fs::path& path) {
    const auto name = path.filename().native();
    auto text = read_file(path, k_file_bytes_max);
    if (!text.ok()) return about(name, text.error().message());
    if (!js::is_utf8(*text) || text->find('\0') != std::string::npos) return about(name, "it is no UTF-8 text");
    auto effect = effect_of(*text);
    return SchemaStep{name, std::move(effect), *std::move(text)};
}

/// Name and text of what was applied.
Result<std::map<std::string, std::string>> read_ledger(Database& database) {
    std::map<std::string, std::string> ledger;
    MT_TRY(auto* there, database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_mtg_migrations'"));
    {
        const Resetting resetting{there};
        if (sqlite3_step(there) != SQLITE_ROW) return ledger;
    }
    MT_TRY(auto* statement, database.prepare("SELECT name, sql FROM \"_mtg_migrations\""));
    const Resetting resetting{statement};
    const auto text = [&](int at) { return std::string{reinterpret_cast<const char*>(sqlite3_column_text(statement,
        at))}; };
    int step = SQLITE_DONE;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) ledger.emplace(text(0), text(1));
    if (step != SQLITE_DONE) return database.error();
    return ledger;
}

Status note_in_ledger(Database& database, const SchemaStep& step) {
    MT_TRY(auto* statement,
        database.prepare("INSERT INTO \"_mtg_migrations\" VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%fZ'))"));
    const Resetting resetting{statement};
    MT_CHECK(bind_value(database, statement, 1, step.name));
    MT_CHECK(bind_value(database, statement, 2, step.sql));
    if (sqlite3_step(statement) != SQLITE_DONE) return database.error();
    return {};
}

/// A file has no say in where the transaction ends, and none in other files.
int forbid(void*, int action, const char*, const char*, const char*, const char*) {
    const bool ends = action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT || action == SQLITE_ATTACH ||
        action == SQLITE_DETACH;
    return ends ? SQLITE_DENY : SQLITE_OK;
}

Status run_file(Database& database, const SchemaStep& step) {
    sqlite3_set_authorizer(database.handle(), forbid, nullptr);
    const auto done = database.run(step.sql.c_str());
    sqlite3_set_authorizer(database.handle(), nullptr, nullptr);
    if (done.ok()) return {};
    return about(step.name, done.error().message());
}

Status check_allowed(const SchemaPlan& plan, bool allow_destructive) {
    for (const auto& step : plan.pending)
        if (step.effect == "destructive" && !allow_destructive)
            return Error{Errc::not_allowed, "it destroys rows, columns or tables"}.in_file("migrations/" +
                step.name).hint(
                "look at it, then say --allow-destructive");
    return {};
}

Status run_pending(Database& database, const SchemaPlan& plan, bool allow_destructive) {
    MT_CHECK(check_allowed(plan, allow_destructive));
    MT_CHECK(database.run(k_make_ledger));
    for (const auto& step : plan.pending) {
        if (step.name != "models") {
            MT_CHECK(run_file(database, step));
            MT_CHECK(note_in_ledger(database, step));
        } else if (const auto made = database.run(step.sql.c_str()); !made.ok()) {
            return Error{Errc::invalid_config, "cannot make the database fit the models: " + made.error().message() +
                " (" + step.sql + ")"};
        }
    }
    return {};
}

/// The words outside of quotes and comments, in capitals.
std::vector<std::string> words_of(std::string_view sql) {
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < sql.size(); ++i) {
        const char c = sql[i];
        if (c == '\'' || c == '"' || c == '`' || c == '[') {
            i = std::min(sql.find(c == '[' ? ']' : c, i + 1), sql.size());
        } else if (sql.substr(i, 2) == "--") {
            i = std::min(sql.find('\n', i), sql.size());
        } else if (sql.substr(i, 2) == "/*") {
            i = std::min(sql.find("*/", i + 2), sql.size() - 1) + 1;
        } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9')) {
            words.back() += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
            continue;
        }
        if (!words.back().empty()) words.emplace_back();
    }
    return words;
}

}  // namespace

std::string effect_of(std::string_view sql) {
    bool blocking = false;
    for (const auto& word : words_of(sql)) {
        if (word == "DROP" || word == "DELETE" || word == "RENAME" || word == "REPLACE") return "destructive";
        blocking |= word == "UPDATE" || word == "INDEX" || word == "INSERT" || word == "REINDEX";
    }
    return blocking ? "blocking" : "additive";
}

Result<std::vector<SchemaStep>> read_schema_files(const fs::path& folder) {
    std::vector<SchemaStep> steps;
    std::error_code error;
    for (fs::directory_iterator at{folder / "migrations", error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().native();
        if (at->path().extension() != ".sql" || name.starts_with('.') || name.ends_with(k_way_back)) continue;
        MT_TRY(auto step, read_step(at->path()));
        steps.push_back(std::move(step));
    }
    std::sort(steps.begin(), steps.end(), [](const SchemaStep& a, const SchemaStep& b) { return a.name < b.name; });
    return steps;
}

Result<SchemaPlan> plan_schema(Database& database, const std::vector<SchemaStep>& files,
    const std::vector<const Model*>& models) {
    MT_TRY(auto ledger, read_ledger(database));
    SchemaPlan plan;
    MT_TRY(auto missing, missing_for(database, models));
    for (auto& sql : missing) {
        auto effect = effect_of(sql);
        plan.pending.push_back({"models", std::move(effect), std::move(sql)});
    }
    for (const auto& step : files) {
        const auto known = ledger.find(step.name);
        if (known == ledger.end()) {
            plan.pending.push_back(step);
            continue;
        }
        if (known->second != step.sql)
            return about(step.name,
                "it was changed after it was applied").hint("undo the change; put what is new into a file of its own");
        plan.applied.push_back(step.name);
        ledger.erase(known);
    }
    if (!ledger.empty()) return about(ledger.begin()->first, "it was applied, and is gone").hint("bring the file back");
    return plan;
}

namespace {

/// `change` as one transaction: all of it, or nothing.
template <class Change>
Result<SchemaPlan> in_transaction(Database& database, Change change) {
    MT_CHECK(database.run("BEGIN IMMEDIATE"));
    Result<SchemaPlan> done = change();
    auto ended = database.run(done.ok() ? "COMMIT" : "ROLLBACK");
    if (done.ok() && !ended.ok()) return std::move(ended).error();
    return done;
}

/// Names by when they were applied, the last first.
Result<std::vector<std::string>> names_backwards(Database& database) {
    std::vector<std::string> names;
    MT_TRY(const auto ledger, read_ledger(database));
    if (ledger.empty()) return names;
    MT_TRY(auto* statement, database.prepare("SELECT name FROM \"_mtg_migrations\" ORDER BY applied DESC, name DESC"));
    const Resetting resetting{statement};
    int step = SQLITE_DONE;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW)
        names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
    if (step != SQLITE_DONE) return database.error();
    return names;
}

std::string way_back_of(const std::string& name) {
    return fs::path{name}.stem().native() + std::string{k_way_back};
}

Status forget(Database& database, const std::string& name) {
    MT_TRY(auto* statement, database.prepare("DELETE FROM \"_mtg_migrations\" WHERE name = ?1"));
    const Resetting resetting{statement};
    MT_CHECK(bind_value(database, statement, 1, name));
    if (sqlite3_step(statement) != SQLITE_DONE) return database.error();
    return {};
}

}  // namespace

Result<SchemaPlan> apply_schema(Database& database, const std::vector<SchemaStep>& files,
                                const std::vector<const Model*>& models, bool allow_destructive) {
    return in_transaction(database, [&]() -> Result<SchemaPlan> {
        MT_TRY(auto plan, plan_schema(database, files, models));
        MT_CHECK(run_pending(database, plan, allow_destructive));
        return plan;
    });
}

Result<SchemaPlan> plan_rollback(Database& database, const fs::path& folder, std::size_t count) {
    MT_TRY(auto names, names_backwards(database));
    count = std::min(count, names.size());
    SchemaPlan plan;
    for (std::size_t i = 0; i < count; ++i) {
        const auto way_back = way_back_of(names[i]);
        std::error_code unknown;
        if (!fs::exists(folder / "migrations" / way_back, unknown))
            return Error{Errc::not_allowed, "there is no way back from it"}.in_file("migrations/" + names[i]).hint(
                "write migrations/" + way_back + ", or bring back a snapshot: mtm restore --at");
        MT_TRY(auto step, read_step(folder / "migrations" / way_back));
        plan.pending.push_back(std::move(step));
    }
    plan.applied.assign(names.rbegin(), names.rend() - static_cast<std::ptrdiff_t>(count));
    return plan;
}

Result<SchemaPlan> roll_back(Database& database, const fs::path& folder, std::size_t count, bool allow_destructive) {
    return in_transaction(database, [&]() -> Result<SchemaPlan> {
        MT_TRY(const auto names, names_backwards(database));
        MT_TRY(auto plan, plan_rollback(database, folder, count));
        MT_CHECK(check_allowed(plan, allow_destructive));
        for (std::size_t i = 0; i < plan.pending.size(); ++i) {
            MT_CHECK(run_file(database, plan.pending[i]));
            MT_CHECK(forget(database, names[i]));
        }
        return plan;
    });
}

}  // namespace mt::app::sqlite
