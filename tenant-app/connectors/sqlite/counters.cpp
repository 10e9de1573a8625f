#include "tenant-app/connectors/sqlite/counters.hpp"

namespace mt::app::sqlite {

namespace {

// SQLite's own, of numeric ids, and ours, of the others; each exists only once there is a table that needs it.
constexpr const char* k_lists[] = {"sqlite_sequence", "_mtg_sequence"};

Result<bool> has_table(Database& database, const std::string& name) {
    MT_TRY(auto* statement, database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"));
    const Resetting resetting{statement};
    MT_CHECK(bind_value(database, statement, 1, name));
    const int step = sqlite3_step(statement);
    if (step != SQLITE_ROW && step != SQLITE_DONE) return database.error();
    return step == SQLITE_ROW;
}

Status read_list(Database& database, const std::string& list, json& counters) {
    MT_TRY(auto* statement, database.prepare("SELECT name, seq FROM " + list));
    const Resetting resetting{statement};
    int step = SQLITE_DONE;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        if (name) counters[name] = static_cast<std::int64_t>(sqlite3_column_int64(statement, 1));
    }
    if (step != SQLITE_DONE) return database.error();
    return {};
}

Status run_with(Database& database, const std::string& sql, const std::string& table, std::int64_t count) {
    MT_TRY(auto* statement, database.prepare(sql));
    const Resetting resetting{statement};
    MT_CHECK(bind_value(database, statement, 1, table));
    MT_CHECK(bind_value(database, statement, 2, count));
    if (sqlite3_step(statement) != SQLITE_DONE) return database.error();
    return {};
}

/// Whether SQLite counts this table's ids.
Result<bool> counts_itself(Database& database, const std::string& table) {
    MT_TRY(auto* statement,
        database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? AND sql LIKE "
                                             "'%AUTOINCREMENT%'"));
    const Resetting resetting{statement};
    MT_CHECK(bind_value(database, statement, 1, table));
    return sqlite3_step(statement) == SQLITE_ROW;
}

Status write_counter(Database& database, const std::string& table, std::int64_t count) {
    MT_TRY(const bool there, has_table(database, table));
    if (!there) return {};
    MT_TRY(const bool own, counts_itself(database, table));
    if (!own)
        return run_with(database,
                        "INSERT INTO _mtg_sequence VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = max(seq, ?2)",
                        table, count);
    // sqlite_sequence has no unique key that an upsert could name.
    MT_CHECK(run_with(database, "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", table, count));
    return run_with(database,
                    "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM "
                    "sqlite_sequence WHERE name = ?1)",
                    table, count);
}

}  // namespace

Result<json> read_counters(Database& database) {
    auto counters = json::object();
    for (const auto* list : k_lists) {
        MT_TRY(const bool there, has_table(database, list));
        if (there) MT_CHECK(read_list(database, list, counters));
    }
    return counters;
}

Status write_counters(Database& database, const json& counters) {
    for (const auto& [table, count] : counters.items())
        if (count.is_number_integer()) MT_CHECK(write_counter(database, table, count.get<std::int64_t>()));
    return {};
}

}  // namespace mt::app::sqlite
