#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "make_registry.hpp"
#include "tenant-app/jobs/discover/default_value.hpp"
#include "tenant-app/jobs/discover/models.hpp"
#include "tenant-app/jobs/discover/names.hpp"

using namespace mt::app;
using mt::Errc;
using mt::json;

namespace {

FoundColumn found_column(std::string name, std::optional<Type> type, bool nullable = true, std::string default_sql = {}) {
    FoundColumn column;
    column.name = std::move(name);
    column.type = type;
    column.data_type = column.whole_type = "sometype";
    column.nullable = nullable;
    column.default_sql = std::move(default_sql);
    return column;
}

FoundTable found_table(std::string name, std::vector<FoundColumn> columns, std::vector<std::string> key = {"id"}) {
    FoundTable table;
    table.name = std::move(name);
    table.columns = std::move(columns);
    table.primary_key = std::move(key);
    return table;
}

/// By table.
std::map<std::string, json> discovered(const std::vector<FoundTable>& tables, const std::vector<std::string>& patterns = {}) {
    TenantFolder folder;
    folder.write_shop("sqlite3");
    const auto registry = folder.load();
    REQUIRE(registry.ok());
    const auto entries = discovered_models(tables, *registry, registry->datasources[0], {patterns});
    REQUIRE(entries.ok());
    std::map<std::string, json> found;
    for (const auto& entry : *entries) found.emplace(entry["table"].get<std::string>(), json(entry));
    return found;
}

}  // namespace

TEST_CASE("discovered names are LoopBack's, with the case inside of a part kept") {
    struct Row {
        const char *given, *model, *property;
    };
    for (const auto& row : {Row{"customer_order", "CustomerOrder", "customerOrder"}, {"CUSTOMER_ID", "CustomerId", "customerId"},
                            {"customerId", "CustomerId", "customerId"}, {"unit price", "UnitPrice", "unitPrice"},
                            {"ID", "Id", "id"}, {"_id", "Id", "id"}, {"2020_sales", "T2020Sales", "2020Sales"},
                            {"line-2", "Line2", "line2"}, {"\xC3\xB6", "", "\xC3\xB6"}, {"order_2_item", "Order2Item", "order2Item"}}) {
        CAPTURE(row.given);
        CHECK(discovered_model_name(row.given) == row.model);
        CHECK(discovered_property_name(row.given) == row.property);
    }
    NamesTaken names;
    CHECK(names.take("user") == "user");
    CHECK(names.take("User") == "User2");
    CHECK(names.take("user") == "user3");
}

TEST_CASE("discovered defaults: constants of the column's type, the time and UUIDs, whatever the engine calls them") {
    struct Row {
        Type type;
        const char *sql, *json_text, *function;
    };
    for (const auto& row : {Row{Type::string, "'new'::character varying", "\"new\"", ""}, {Type::string, "'it''s'", "\"it's\"", ""},
                            {Type::string, "''", "\"\"", ""}, {Type::number, "0", "0", ""}, {Type::number, "'-5'::integer", "-5", ""},
                            {Type::number, "(1.5)", "1.5", ""}, {Type::boolean, "false", "false", ""}, {Type::boolean, "1", "true", ""},
                            {Type::object, "'{}'::jsonb", "{}", ""}, {Type::date, "now()", "null", "now"},
                            {Type::date, "CURRENT_TIMESTAMP", "null", "now"}, {Type::date, "current_timestamp(3)", "null", "now"},
                            {Type::date, "datetime('now')", "null", "now"}, {Type::string, "gen_random_uuid()", "null", "uuid"},
                            {Type::string, "uuid()", "null", "uuid"}, {Type::string, "NULL::character varying", "null", ""}}) {
        CAPTURE(row.sql);
        const auto found = discovered_default(found_column("c", row.type, true, row.sql));
        CHECK(found.value.dump() == row.json_text);
        CHECK(found.function == row.function);
        CHECK_FALSE(found.unknown);
    }
    for (const auto* sql : {"(2 + 3)", "nextval('x')", "lower('A'::text)", "'a' || 'b'", "'", "((", "abc"}) {
        CAPTURE(sql);
        CHECK(discovered_default(found_column("c", Type::number, true, sql)).unknown);
        CHECK(discovered_default(found_column("c", Type::date, true, sql)).unknown);
    }
}

TEST_CASE("discovered models keep clear of the tenant's own, and of each other's paths and members") {
    auto message = found_table("message", {found_column("id", Type::number, false), found_column("sender_id", Type::number),
                                           found_column("receiver_id", Type::number), found_column("thread", Type::number)});
    message.foreign_keys = {{"a", {"sender_id"}, "person", {"id"}}, {"b", {"receiver_id"}, "person", {"id"}},
                            {"c", {"thread"}, "message", {"id"}}, {"d", {"id", "thread"}, "person", {"id", "x"}},
                            {"e", {"thread"}, "", {"id"}}, {"f", {"sender_id"}, "nowhere", {"id"}}};
    const auto found = discovered({found_table("customer", {found_column("id", Type::number)}),
                                   found_table("strict_", {found_column("id", Type::number)}), message,
                                   found_table("messages", {found_column("id", Type::number)}),
                                   found_table("person", {found_column("id", Type::number), found_column("ID_", Type::string)}),
                                   found_table("_mtg_sequence", {found_column("id", Type::number)})});
    CHECK(found.size() == 5);
    CHECK(found.at("customer")["state"] == "exists");
    CHECK(found.at("strict_")["reason"] == "there is a model Strict already, of another table");
    CHECK(found.at("messages")["definition"]["plural"] == "Messages2");
    auto relations = found.at("message")["definition"]["relations"];
    CHECK(relations["sender"]["model"] == "Person");
    CHECK(relations.size() == 4);
    CHECK(relations["message"]["foreignKey"] == "thread");
    CHECK(relations["messages"]["type"] == "hasMany");
    CHECK(found.at("message")["notes"].size() == 3);
    CHECK(found.at("person")["definition"]["relations"].size() == 2);
    CHECK(found.at("person")["definition"]["relations"]["messagesByReceiver"]["foreignKey"] == "receiverId");
    CHECK(found.at("person")["definition"]["properties"].contains("ID_"));
}

TEST_CASE("discovered models: what can be an id") {
    auto by_code = found_table("by_code", {found_column("code", Type::string, false)}, {});
    by_code.indexes = {{"u", {"code"}, true}};
    auto loose = by_code;
    loose.name = "loose";
    loose.columns[0].nullable = true;
    const auto found = discovered({by_code, loose, found_table("blob", {found_column("id", {}, false)}),
                                   found_table("two", {found_column("a", Type::number), found_column("b", Type::number)}, {"a", "b"})});
    CHECK(found.at("by_code")["definition"]["properties"]["code"]["id"] == true);
    CHECK(found.at("by_code")["definition"]["properties"]["code"]["required"] == true);
    CHECK(found.at("loose")["state"] == "skipped");
    CHECK(found.at("blob")["state"] == "skipped");
    CHECK(found.at("two")["public"] == false);
    CHECK(found.at("two")["definition"]["properties"]["b"]["id"] == 2);
}

TEST_CASE("discovered models: patterns choose tables, and one that means none is an error") {
    const std::vector<FoundTable> tables{found_table("shop_a", {found_column("id", Type::number)}),
                                         found_table("shop_b", {found_column("id", Type::number)}),
                                         found_table("other", {found_column("id", Type::number)})};
    CHECK(discovered(tables, {"shop_*"}).size() == 2);
    CHECK(discovered(tables, {"shop_a", "other"}).size() == 2);
    TenantFolder folder;
    folder.write_shop("sqlite3");
    const auto registry = folder.load();
    const auto failed = discovered_models(tables, *registry, registry->datasources[0], {{"othr"}});
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().code() == Errc::not_found);
    CHECK(failed.error().place().hint.find("other") != std::string::npos);
}
