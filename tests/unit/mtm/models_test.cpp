#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "mtm/edit_json.hpp"
#include "mtm/gateway_link.hpp"
#include "mtm/scaffold.hpp"
#include "mtm/tenant_models.hpp"

using namespace mt::mtm;

TEST_CASE("new_model: is what LoopBack's generator writes, properties in the order given") {
    const auto model = new_model(*ModelName::parse("Order"), *parse_members({"title:string!", "age:number", "tags:string[]"}));
    CHECK(model.dump() == R"({"name":"Order","base":"PersistedModel","idInjection":true,"options":{"validateUpsert":true},)"
                          R"("properties":{"title":{"type":"string","required":true},"age":{"type":"number"},)"
                          R"("tags":{"type":["string"]}},"validations":[],"relations":{},"acls":[],"methods":{}})");
}

TEST_CASE("new_model: has a required name when no property is given") {
    const auto model = new_model(*ModelName::parse("Customer"), {});
    CHECK(model["properties"].dump() == R"({"name":{"type":"string","required":true}})");
}

TEST_CASE("pretty: two spaces, order kept, a line end, and bytes that are no UTF-8 do not throw") {
    CHECK(pretty({{"b", 1}, {"a", mt::ordered_json::array()}}) == "{\n  \"b\": 1,\n  \"a\": []\n}\n");
    CHECK(pretty({{"b", "\xff"}}).find("\xEF\xBF\xBD") != std::string::npos);
}

TEST_CASE("fresh_key: eight letters and digits, a letter first, never the same") {
    const auto one = fresh_key(), two = fresh_key();
    REQUIRE(one.ok());
    REQUIRE(two.ok());
    CHECK(*one != *two);
    CHECK(one->size() == 8);
    CHECK(one->front() >= 'a');
    CHECK(mt::TenantId::is_valid(*one));
}

TEST_CASE("url_of_listen: names what a browser on this machine reaches") {
    CHECK(url_of_listen("127.0.0.1:9000") == "http://localhost:9000");
    CHECK(url_of_listen("0.0.0.0:80") == "http://localhost:80");
    CHECK(url_of_listen("[::]:9000") == "http://localhost:9000");
    CHECK(url_of_listen("192.0.2.7:9000") == "http://192.0.2.7:9000");
    CHECK(url_of_listen("[2001:db8::1]:9000") == "http://[2001:db8::1]:9000");
}
