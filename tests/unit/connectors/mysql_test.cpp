#include <doctest/doctest.h>

#include "tenant-app/connectors/mysql/dialect.hpp"
#include "tenant-app/connectors/mysql/errors.hpp"

namespace mt::app {

TEST_CASE("mysql: nothing that a client sent is part of the text, and lists make few different ones") {
    const mysql::Dialect dialect;
    const std::vector<Value> values{"a'); DROP TABLE x; --", "b", "c"};
    sql::Query query;
    dialect.among(query, sql::Kind::text, values, {"a'); DROP TABLE x; --", "b", "c"}, true);
    CHECK(query.text == " NOT IN (? COLLATE utf8mb4_nopad_bin, ? COLLATE utf8mb4_nopad_bin, ? COLLATE utf8mb4_nopad_bin, "
                        "? COLLATE utf8mb4_nopad_bin)");
    CHECK(query.parameters[3] == "c");
    CHECK(dialect.quote("a`b") == "`a``b`");
}

TEST_CASE("mysql: values come back as they were stored") {
    const mysql::Dialect dialect;
    Property number, date, text;
    number.type = Type::number;
    date.type = Type::date;
    text.type = Type::string;
    struct Row { const Property& property; sql::Kind kind; const char* stored; Value value; };
    for (const auto& [property, kind, stored, value] : {
             Row{number, sql::Kind::number, "9007199254740993.000000000000000000", 9007199254740993}, Row{number, sql::Kind::number, "1e21", 1e21},
             Row{number, sql::Kind::number, "1.50", 1.5}, Row{number, sql::Kind::number, "100", 100}, Row{text, sql::Kind::number, "1.50", "1.50"},
             Row{date, sql::Kind::time, "2020-05-05 08:11:12.001", "2020-05-05T08:11:12.001Z"}, Row{date, sql::Kind::time, "2020-05-05", "2020-05-05T00:00:00.000Z"},
             Row{date, sql::Kind::time, "0000-00-00 00:00:00", Value{}}, Row{text, sql::Kind::text, "1 ", "1 "}}) {
        CAPTURE(stored);
        CHECK(dialect.decode(property, kind, stored) == value);
    }
    CHECK(dialect.encode(date, sql::Kind::time, "2020-05-05T08:11:12.001Z") == "2020-05-05 08:11:12.001");
    CHECK_FALSE(dialect.can_hold(sql::Kind::time, "+012020-05-05T08:11:12.001Z"));
    CHECK_FALSE(dialect.can_hold(sql::Kind::text, "\xED\xA0\x80"));
}

TEST_CASE("mysql: the key of a duplicate entry is found in the words of both servers") {
    struct Row { const char* message; const char* key; };
    for (const auto& [message, key] : {Row{"Duplicate entry 'x' for key 'PRIMARY'", "PRIMARY"}, Row{"Duplicate entry '' for key 't.t_code_unique'", "t_code_unique"},
                                       Row{"Duplicate entry ''for key 'x'' for key 'k'", "k"}, Row{"none", ""}, Row{"'", ""}}) {
        CAPTURE(message);
        CHECK(mysql::duplicate_key(message) == key);
    }
}

TEST_CASE("mysql: what a client did, what passed, what broke") {
    struct Row { unsigned code; const char* state; Errc errc; bool ends; };
    for (const auto& [code, state, errc, ends] : {
             Row{1062, "23000", Errc::conflict, false}, Row{1406, "22001", Errc::bad_request, false}, Row{1366, "HY000", Errc::bad_request, false},
             Row{1317, "70100", Errc::timed_out, false}, Row{1205, "HY000", Errc::unavailable, false}, Row{1213, "40001", Errc::unavailable, false},
             Row{2013, "HY000", Errc::unavailable, true}, Row{1927, "70100", Errc::unavailable, true}, Row{1040, "08004", Errc::unavailable, false},
             Row{1146, "42S02", Errc::failed, false}}) {
        CAPTURE(code);
        CHECK(mysql::statement_error({code, state, "m"}).code() == errc);
        CHECK(mysql::ends_connection(code) == ends);
    }
}

TEST_CASE("mysql: the key that is wrong is named") {
    server::Settings settings;
    settings.datasource = "db";
    settings.host = "h";
    settings.database = "d";
    struct Row { unsigned code; Errc errc; const char* pointer; };
    for (const auto& [code, errc, pointer] : {Row{1045, Errc::invalid_config, "/db/password"}, Row{1049, Errc::invalid_config, "/db/database"},
                                              Row{1044, Errc::invalid_config, "/db/user"}, Row{1040, Errc::unavailable, "/db"},
                                              Row{2003, Errc::unavailable, "/db/host"}, Row{2026, Errc::unavailable, "/db/host"}}) {
        CAPTURE(code);
        const auto error = mysql::connect_error(settings, {code, "HY000", "m"});
        CHECK(error.code() == errc);
        CHECK(error.place().pointer == pointer);
    }
}

}  // namespace mt::app
