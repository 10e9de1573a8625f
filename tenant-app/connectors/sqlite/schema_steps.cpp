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

Error about(const std::string& name, std::string message) {
    return Error{Errc::invalid_config, std::move(message)}.in_file("migrations/" + name);
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
    if (done.ok()) return note_in_ledger(database, step);
    return about(step.name, done.error().message());
}

Status run_pending(Database& database, const SchemaPlan& plan, bool allow_destructive) {
    for (const auto& step : plan.pending)
        if (step.effect == "destructive" && !allow_destructive)
            return Error{Errc::not_allowed, "it destroys rows, columns or tables"}.in_file("migrations/" +
                step.name).hint(
                "look at it, then say --allow-destructive");
    MT_CHECK(database.run(k_make_ledger));
    for (const auto& step : plan.pending) {
        if (step.name != "models") MT_CHECK(run_file(database, step));
        else if (const auto made = database.run(step.sql.c_str()); !made.ok())
            return Error{Errc::invalid_config, "cannot make the database fit the models: " + made.error().message() +
                " (" + step.sql + ")"};
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
        if (at->path().extension() != ".sql" || name.starts_with('.')) continue;
        auto text = read_file(at->path(), k_file_bytes_max);
        if (!text.ok()) return about(name, text.error().message());
        if (!js::is_utf8(*text) || text->find('\0') != std::string::npos) return about(name, "it is no UTF-8 text");
        auto effect = effect_of(*text);
        steps.push_back({name, std::move(effect), *std::move(text)});
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

Result<SchemaPlan> apply_schema(Database& database, const std::vector<SchemaStep>& files,
                                const std::vector<const Model*>& models, bool allow_destructive) {
    MT_CHECK(database.run("BEGIN IMMEDIATE"));
    auto done = [&]() -> Result<SchemaPlan> {
        MT_TRY(auto plan, plan_schema(database, files, models));
        MT_CHECK(run_pending(database, plan, allow_destructive));
        return plan;
    }();
    auto ended = database.run(done.ok() ? "COMMIT" : "ROLLBACK");
    if (done.ok() && !ended.ok()) return std::move(ended).error();
    return done;
}

}  // namespace mt::app::sqlite
