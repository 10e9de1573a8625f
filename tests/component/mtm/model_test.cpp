#include <doctest/doctest.h>

#include <filesystem>

#include "mtm_fixture.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

TEST_CASE("mtm model: writes the model and its entry, the user's order kept") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    mtg.write("foo/model-config.json", R"({"Role":{"dataSource":"db","public":false},"ACL":{"dataSource":"db"}})");
    const auto ran = mtg.mtm({"model", "foo:Order", "name:string!", "total:number", "tags:string[]", "--json"});
    CHECK(ran.code == 0);
    CHECK(ran.document()["data"]["model"] == "Order");
    CHECK(mtg.read("foo/model-config.json") ==
          "{\n  \"Role\": {\n    \"dataSource\": \"db\",\n    \"public\": false\n  },\n  \"ACL\": {\n    \"dataSource\": \"db\"\n  },\n"
          "  \"Order\": {\n    \"dataSource\": \"db\",\n    \"public\": true\n  }\n}\n");
    const auto model = ordered_json::parse(mtg.read("foo/models/Order.json"));
    CHECK(model["properties"].dump() == R"({"name":{"type":"string","required":true},"total":{"type":"number"},"tags":{"type":["string"]}})");
}

TEST_CASE("mtm model: list, show and remove") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto before = mtg.tree();
    REQUIRE(mtg.mtm({"model", "foo:Customer"}).code == 0);
    const auto models = mtg.mtm({"model", "list", "foo", "--json"}).document()["data"];
    REQUIRE(models.size() == 6);
    CHECK(models[0]["model"] == "User");
    CHECK(models[0]["public"] == true);
    CHECK(models[5]["model"] == "Customer");
    CHECK(mtg.mtm({"model", "show", "foo:Customer", "--json"}).document()["data"]["base"] == "PersistedModel");
    CHECK(mtg.mtm({"model", "show", "foo:Custmer"}).err.find("did you mean 'Customer'?") != std::string::npos);
    CHECK(mtg.mtm({"model", "remove", "foo:Custmer"}).code == 4);
    CHECK(mtg.mtm({"model", "remove", "foo:Customer"}).code == 0);
    CHECK(mtg.entries(".trash") == 1);
    fs::remove_all(mtg.tenants() / ".trash");
    CHECK(mtg.tree() == before);
}

TEST_CASE("mtm model remove: refuses while another model is related to it") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    REQUIRE(mtg.mtm({"model", "foo:Customer"}).code == 0);
    REQUIRE(mtg.mtm({"model", "foo:Order"}).code == 0);
    auto order = ordered_json::parse(mtg.read("foo/models/Order.json"));
    order["relations"]["customer"] = {{"type", "belongsTo"}, {"model", "Customer"}, {"foreignKey", "customerId"}};
    mtg.write("foo/models/Order.json", order.dump());
    const auto before = mtg.tree();
    const auto ran = mtg.mtm({"model", "remove", "foo:Customer", "--json"});
    CHECK(ran.code == 5);
    CHECK(ran.document()["error"]["file"] == "tenants/foo/models/Order.json");
    CHECK(mtg.tree() == before);
}

TEST_CASE("mtm model: finishes what a killed one began, and leaves a user's own file alone") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto config = mtg.read("foo/model-config.json");
    REQUIRE(mtg.mtm({"model", "foo:Customer"}).code == 0);
    mtg.write("foo/model-config.json", config);  // as if killed between the two writes
    CHECK(mtg.mtm({"model", "foo:Customer"}).code == 0);
    CHECK(json::parse(mtg.read("foo/model-config.json")).contains("Customer"));
    mtg.write("foo/model-config.json", config);
    CHECK(mtg.mtm({"model", "foo:Customer", "other:number"}).code == 5);
    CHECK(mtg.read("foo/model-config.json") == config);
}
