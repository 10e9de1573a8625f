#include <doctest/doctest.h>

#include "tenant-app/connectors/postgresql/dialect.hpp"
#include "tenant-app/connectors/postgresql/errors.hpp"
#include "tenant-app/data/sql/conditions.hpp"
#include "tenant-app/query/parse_filter.hpp"
#include "tests/unit/app/make_registry.hpp"

namespace mt::app {

namespace {

/// Customer of the shop as a table of PostgreSQL's.
struct ShopTable {
    ShopTable() {
        folder.write_shop("memory");
        auto loaded = folder.load();
        REQUIRE(loaded.ok());
        registry = *std::move(loaded);
        fill(table, "Customer", "\"t\"");
        fill(orders, "Order", "\"o\"");
    }
    void fill(sql::Table& filled, const char* model, const char* name) const {
        filled.model = registry.find(model);
        filled.name = name;
        for (const auto& property : filled.model->properties) {
            const bool json = property.array || property.type == Type::object;
            const auto kind = json                               ? sql::Kind::json
                              : property.type == Type::number  ? sql::Kind::number
                              : property.type == Type::boolean ? sql::Kind::boolean
                              : property.type == Type::date    ? sql::Kind::time
                                                               : sql::Kind::text;
            filled.columns.push_back({"\"" + property.name + "\"", kind});
        }
    }
    Where where(const char* text) const {
        auto parsed = parse_where(registry, *table.model, json::parse(text));
        REQUIRE(parsed.ok());
        return *std::move(parsed);
    }
    sql::Query said(const char* text) const {
        sql::Query query;
        sql::append_condition(query, dialect, table_of, table, where(text));
        return query;
    }

    TenantFolder folder;
    Registry registry;
    sql::Table table, orders;
    sql::TableOf table_of = [this](const Model& model) -> const sql::Table& { return &model == table.model ? table : orders; };
    postgresql::Dialect dialect;
};

}  // namespace

TEST_CASE("append_condition: of a table that tenants share only this tenant's rows satisfy anything, related ones included") {
    ShopTable shop;
    shop.table.tenant = "'t7k2m9x4'";
    for (const auto* where : {R"({})", R"({"name":"a"})", R"({"or":[{"name":"a"},{"age":1}]})", R"({"name":{"regexp":"a"}})"}) {
        CAPTURE(where);
        const auto text = shop.said(where).text;
        CHECK(text.starts_with(R"("t"."_tenant" = 't7k2m9x4' AND )"));
        CHECK((text.find(" OR ") == std::string::npos || text.ends_with(')')));
    }
    shop.orders.tenant = shop.table.tenant;
    const auto related = shop.said(R"({"orders":{"id":1}})").text;
    CHECK(related.find(R"( AND EXISTS (SELECT 1 FROM "o" AS r1 WHERE r1."_tenant" = 't7k2m9x4' AND )") != std::string::npos);
}

TEST_CASE("append_condition: what a server decides exactly is said, the rest is a superset, also below a negation") {
    const ShopTable shop;
    struct Row { const char* where; const char* text; bool exact; };
    for (const auto& [where, text, exact] : {
             Row{R"({"name":"a"})", R"("t"."name" = $1::text)", true}, Row{R"({"age":{"gt":1.5}})", R"("t"."age" > $1::numeric)", true},
             Row{R"({"name":{"gt":"a"}})", R"("t"."name" COLLATE "C" > $1::text)", true},
             Row{R"({"age":{"inq":[1,2.5]}})", R"(("t"."age" = ANY ($1::numeric[])))", true},
             Row{R"({"name":{"nlike":"a%"}})", R"(("t"."name" NOT LIKE $1::text OR "t"."name" IS NULL))", true},
             Row{R"({"name":{"regexp":"a"}})", "TRUE", false}, Row{R"({"address.city":"x"})", "TRUE", false}, Row{R"({"tags":"x"})", "TRUE", false},
             Row{R"({"unknown":"x"})", "TRUE", false}, Row{R"({"or":[{"age":1},{"name":{"ilike":"A"}}]})", R"(("t"."age" = $1::bigint OR TRUE))", false}}) {
        CAPTURE(where);
        CHECK(shop.said(where).text == text);
        CHECK(sql::is_exact(shop.dialect, shop.table_of, shop.table, shop.where(where)) == exact);
    }
    auto none = shop.where(R"({"or":[{"age":1},{"name":{"ilike":"A"}}]})");
    Where negated;
    negated.kind = Where::Kind::none;
    negated.children.push_back(std::move(none));
    sql::Query query;
    sql::append_condition(query, shop.dialect, shop.table_of, shop.table, negated);
    CHECK(query.text == R"(((("t"."age" = $1::bigint OR FALSE)) IS NOT TRUE))");
}

TEST_CASE("append_condition: nothing that a client sent is part of the text") {
    const ShopTable shop;
    const auto query = shop.said(R"({"name":{"inq":["a\"b\\c','}","x"]}})");
    CHECK(query.text == R"(("t"."name" = ANY ($1::text[])))");
    CHECK(query.parameters[0] == R"({"a\"b\\c','}","x"})");
    CHECK(shop.dialect.quote("a\"b") == "\"a\"\"b\"");
}

TEST_CASE("like_pattern: LoopBack's patterns in SQL's own words") {
    struct Row { const char* pattern; bool anywhere; const char* sql; };
    for (const auto& [pattern, anywhere, sql] : {Row{"A%", true, "A%"}, Row{"li", true, "%li%"}, Row{"li", false, "li"}, Row{"", true, ""},
                                                 Row{"100\\%", true, "%100\\%%"}, Row{"a\\", false, "a\\\\"}, Row{"\\a_", false, "a_"}}) {
        CAPTURE(pattern);
        CHECK(sql::like_pattern(pattern, anywhere) == sql);
    }
}

TEST_CASE("dates come and go in any year that both know") {
    struct Row { const char* iso; const char* sent; const char* read; };
    for (const auto& [iso, sent, read] : {
             Row{"2020-05-05T08:11:12.001Z", "2020-05-05T08:11:12.001Z", "2020-05-05 08:11:12.001+00"},
             Row{"0000-01-02T00:00:00.000Z", "0001-01-02T00:00:00.000Z BC", "0001-01-02 00:00:00+00 BC"},
             Row{"-000043-03-15T00:00:00.000Z", "0044-03-15T00:00:00.000Z BC", "0044-03-15 00:00:00+00 BC"},
             Row{"+012020-05-05T00:00:00.500Z", "12020-05-05T00:00:00.500Z", "12020-05-05 00:00:00.5+00"}}) {
        CAPTURE(iso);
        CHECK(postgresql::time_text(iso) == sent);
        CHECK(postgresql::iso_text(read) == iso);
    }
    CHECK(postgresql::iso_text("2020-05-05") == "2020-05-05T00:00:00.000Z");
    CHECK_FALSE(postgresql::iso_text("infinity"));
}

TEST_CASE("statement_error: what a client did, what passed, what broke") {
    struct Row { const char* state; Errc code; };
    for (const auto& [state, code] : {Row{"23505", Errc::conflict}, Row{"23502", Errc::bad_request}, Row{"22P02", Errc::bad_request},
                                      Row{"57014", Errc::timed_out}, Row{"57P01", Errc::unavailable}, Row{"08006", Errc::unavailable},
                                      Row{"53300", Errc::unavailable}, Row{"40P01", Errc::unavailable}, Row{"", Errc::unavailable}, Row{"42P01", Errc::failed}}) {
        CAPTURE(state);
        CHECK(postgresql::statement_error({state, "m", "c"}).code() == code);
    }
}

TEST_CASE("connect_error: names the key that is wrong, in whatever language the server speaks") {
    server::Settings settings;
    settings.datasource = "db";
    settings.host = "h";
    settings.port = 1;
    settings.database = "d";
    struct Row { const char* text; Errc code; const char* pointer; };
    for (const auto& [text, code, pointer] : {
             Row{"connection to server at \"h\", port 1 failed: FATAL:  28P01: password authentication failed\nLOCATION:  x", Errc::invalid_config, "/db/password"},
             Row{"connection failed: SCHWERWIEGEND:  3D000: Datenbank existiert nicht\n", Errc::invalid_config, "/db/database"},
             Row{"FATAL:  42501: permission denied for database", Errc::invalid_config, "/db/user"},
             Row{"FATAL:  53300: sorry, too many clients already", Errc::unavailable, "/db"},
             Row{"connection to server at \"h\", port 1 failed: Connection refused", Errc::unavailable, "/db/host"}}) {
        CAPTURE(text);
        const auto error = postgresql::connect_error(settings, text);
        CHECK(error.code() == code);
        CHECK(error.place().pointer == pointer);
        CHECK(error.message().find("LOCATION") == std::string::npos);
    }
}

}  // namespace mt::app
