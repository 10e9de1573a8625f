#include "tenant-app/connectors/sqlite/query.hpp"

#include <array>
#include <cmath>
#include <string_view>

namespace mt::app::sqlite {

namespace {

struct Finalizing {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalizing>;

bool describes(const char* pragma) {
    constexpr std::array<std::string_view, 7> known = {"table_info", "table_xinfo", "table_list",      "index_list",
                                                       "index_info", "index_xinfo", "foreign_key_list"};
    for (const auto name : known)
        if (pragma && name == pragma) return true;
    return false;
}

int allow_reading(void*, int action, const char* name, const char*, const char*, const char*) {
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_READ:
        case SQLITE_FUNCTION:
        case SQLITE_RECURSIVE: return SQLITE_OK;
        case SQLITE_PRAGMA: return describes(name) ? SQLITE_OK : SQLITE_DENY;
        default: return SQLITE_DENY;
    }
}

json value_of(sqlite3_stmt* statement, int at) {
    switch (sqlite3_column_type(statement, at)) {
        case SQLITE_INTEGER: return sqlite3_column_int64(statement, at);
        case SQLITE_FLOAT: {
            const double number = sqlite3_column_double(statement, at);
            return std::isfinite(number) ? json(number) : json();
        }
        case SQLITE_TEXT: {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, at));
            return std::string{text, static_cast<std::size_t>(sqlite3_column_bytes(statement, at))};
        }
        case SQLITE_BLOB: {
            const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(statement, at));
            std::string text = "x'";
            for (int i = 0; i < sqlite3_column_bytes(statement, at); ++i)
                for (const auto digit : {bytes[i] >> 4, bytes[i] & 15}) text += "0123456789abcdef"[digit];
            return text + "'";
        }
        default: return {};
    }
}

Error refused(const Database& database) {
    auto error = database.error();
    if (error.code() == Errc::timed_out || error.code() == Errc::invalid_config ||
        error.code() == Errc::unavailable) return error;
    if ((sqlite3_errcode(database.handle()) & 0xFF) == SQLITE_AUTH)
        return Error{Errc::not_allowed, "a query reads and does nothing else: " +
            std::string{sqlite3_errmsg(database.handle())}}.hint("mtm migrate changes schemas, the REST API rows");
    return Error{Errc::bad_request, sqlite3_errmsg(database.handle())};
}

/// One statement, and nothing behind it.
Result<Statement> compile(Database& database, const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    const auto size = static_cast<int>(sql.size());
    if (sqlite3_prepare_v2(database.handle(), sql.c_str(), size, &raw, &rest) != SQLITE_OK) return refused(database);
    Statement statement{raw};
    if (!statement) return Error{Errc::bad_request, "there is no SQL in the query"};
    while (*rest) {
        sqlite3_stmt* next = nullptr;
        if (sqlite3_prepare_v2(database.handle(), rest, -1, &next, &rest) != SQLITE_OK) return refused(database);
        if (const Statement more{next}) return Error{Errc::bad_request, "a query is one statement"};
    }
    if (!sqlite3_stmt_readonly(statement.get())) return Error{Errc::not_allowed, "a query reads and does nothing else"};
    return statement;
}

}  // namespace

Status query(Database& database, const std::string& sql, const QueryBounds& bounds, QueryOutput& out) {
    MT_CHECK(database.run("PRAGMA query_only=ON"));
    sqlite3_set_authorizer(database.handle(), allow_reading, nullptr);
    // A row's worth, and what it is made of.
    sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, static_cast<int>(bounds.bytes));
    database.set_deadline(bounds.time);
    MT_TRY(const auto statement, compile(database, sql));
    const int count = sqlite3_column_count(statement.get());
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.emplace_back(sqlite3_column_name(statement.get(), i));
    MT_CHECK(out.columns(std::move(names)));
    int step = SQLITE_DONE;
    while ((step = sqlite3_step(statement.get())) == SQLITE_ROW) {
        auto values = json::array();
        for (int i = 0; i < count; ++i) values.push_back(value_of(statement.get(), i));
        MT_CHECK(out.row(values));
    }
    if (step != SQLITE_DONE) return refused(database);
    return out.end();
}

}  // namespace mt::app::sqlite
