#include "tests/component/app/shop.hpp"

namespace mt::app {

TEST_CASE("create: refuses in LoopBack's words") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        const auto& model = shop.model("Customer");
        const auto blank = shop.wait(shop.repository->create(model, json::object()));
        CHECK(blank.error().code() == Errc::validation);
        CHECK(blank.error().message() == "The `Customer` instance is not valid. Details: `name` can't be blank (value: undefined).");
        CHECK(blank.error().details() == R"({"context":"Customer","codes":{"name":["presence"]},"messages":{"name":["can't be blank"]}})");
        CHECK(shop.create("Customer", R"({"name":"x","id":77})") == "The `Customer` instance is not valid. Details: `id` can't be set (value: 77).");
        CHECK(shop.create("Customer", R"({"name":"x","createdAt":"bad"})") ==
              "The `Customer` instance is not valid. Details: `createdAt` is not a valid date (value: Invalid Date).");
        CHECK(shop.create("Strict", R"({"bogus":1})") == "The `Strict` instance is not valid. Details: `bogus` is not defined in the model (value: undefined).");
        CHECK(shop.create("Customer", "5") == "Value is not an object.");
        CHECK(shop.create("Customer", R"({"name":"x","a.b":1})").is_string());
        CHECK(shop.create("Customer", R"({"name":"x","__proto__":1})").is_string());
        CHECK(shop.ids("Customer", "{}").empty());
    }
}

TEST_CASE("create_many: stores the good ones and lists the errors of the others at their places") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        const auto made = shop.wait(shop.repository->create_many(shop.model("Customer"), json::parse(R"([{"name":"a"},{"age":1},{"name":"b"}])")));
        REQUIRE_FALSE(made.ok());
        const auto details = json::parse(made.error().details());
        REQUIRE(details.size() == 2);
        CHECK(details[0].is_null());
        CHECK(details[1]["statusCode"] == 422);
        CHECK(shop.ids("Customer", "{}") == "1 2");
        CHECK(shop.wait(shop.repository->create_many(shop.model("Customer"), json::array()))->empty());
    }
}

TEST_CASE("defaults: given on create and replace, not on patch") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        const auto made = shop.create("Order", "{}");
        CHECK(made["total"] == 1);
        CHECK(made["uid"].get<std::string>().size() == 36);
        CHECK_FALSE(shop.create("Order", R"({"total":null})").contains("total"));
        const auto patched = Shop::shown(shop.model("Order"), shop.wait(shop.repository->patch_attributes(shop.model("Order"), "2", {{"description", "d"}})));
        CHECK_FALSE(patched.contains("total"));
        CHECK(Shop::shown(shop.model("Order"), shop.wait(shop.repository->replace_by_id(shop.model("Order"), "2", json::object())))["total"] == 1);
    }
}

TEST_CASE("update: each way changes what it should and refuses to move an id") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        const auto& model = shop.model("Customer");
        auto& repository = *shop.repository;
        shop.create("Customer", R"({"name":"a","age":1,"x":1})");
        CHECK(Shop::shown(model, shop.wait(repository.patch_attributes(model, "1", {{"age", "2"}, {"y", 2}}))) ==
              json::parse(R"({"name":"a","age":2,"x":1,"y":2,"id":1})"));
        CHECK(shop.find("Customer", "{}") == json::parse(R"([{"name":"a","age":2,"x":1,"y":2,"id":1}])"));
        CHECK(Shop::shown(model, shop.wait(repository.patch_attributes(model, "1", {{"id", 2}}))) == "id cannot be updated from 1 to 2 when forceId is set to true");
        CHECK(Shop::shown(model, shop.wait(repository.patch_attributes(model, "9", {{"age", 2}}))) == "could not find a model with id 9");
        CHECK(Shop::shown(model, shop.wait(repository.replace_by_id(model, "1", {{"name", "b"}}))) == json::parse(R"({"name":"b","id":1})"));
        CHECK(Shop::shown(model, shop.wait(repository.replace_by_id(model, "1", {{"name", "b"}, {"id", "x"}}))) == "id property (id) cannot be updated from 1 to x");
        CHECK(Shop::shown(model, shop.wait(repository.replace_by_id(model, "9", {{"name", "b"}}))) == "Could not replace. Object with id 9 does not exist!");
        CHECK(Shop::shown(model, shop.wait(repository.patch_or_create(model, {{"id", 9}, {"name", "b"}}))) == "Could not update attributes. Object with id 9 does not exist!");
        CHECK(Shop::shown(model, shop.wait(repository.patch_or_create(model, {{"id", 1}, {"age", 5}}))) == json::parse(R"({"name":"b","age":5,"id":1})"));
        CHECK(*shop.wait(repository.update_all(model, Where{}, {{"name", nullptr}, {"id", 5}})) == 1);
        CHECK(shop.find("Customer", "{}") == json::parse(R"([{"age":5,"id":1}])"));
        CHECK(*shop.wait(repository.update_all(model, Where{}, json::object())) == 1);
    }
}

TEST_CASE("include: one query per relation, scopes per holder") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        for (int i = 0; i < 20; ++i) shop.create("Customer", R"({"name":"c"})");
        for (int i = 0; i < 40; ++i) shop.create("Order", ("{\"total\":" + std::to_string(i) + ",\"customerId\":" + std::to_string(i % 20 + 1) + "}").c_str());
        const auto before = shop.connector->statements();
        const auto found = shop.find("Customer", R"({"include":{"relation":"orders","scope":{"order":"total DESC","limit":1,"include":"customer"}}})");
        CHECK(shop.connector->statements() - before == 3);
        REQUIRE(found.size() == 20);
        REQUIRE(found[4]["orders"].size() == 1);
        CHECK(found[4]["orders"][0]["total"] == 24);
        CHECK(found[4]["orders"][0]["customer"]["id"] == 5);
        shop.create("Order", R"({"customerId":999})");
        CHECK_FALSE(shop.find("Order", R"({"include":"customer","order":"id DESC","limit":1})")[0].contains("customer"));
    }
}

TEST_CASE("related: a holder's items cannot be reached or moved through another") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        const auto& customer = shop.model("Customer");
        const auto& orders = *customer.find_relation("orders");
        auto& repository = *shop.repository;
        shop.create("Customer", R"({"name":"a"})");
        shop.create("Customer", R"({"name":"b"})");
        const auto made = shop.wait(repository.related_create(customer, "1", orders, {{"customerId", 2}, {"total", 5}}));
        REQUIRE(made.ok());
        CHECK(shop.ids("Order", R"({"where":{"customerId":1}})") == "1");
        CHECK(*shop.wait(repository.related_count(customer, "2", orders, Where{})) == 0);
        CHECK(shop.wait(repository.related_find_by_id(customer, "2", orders, "1")).error().message() == "No instance with id 1 found for Order");
        CHECK(shop.wait(repository.related_update_by_id(customer, "1", orders, "1", {{"customerId", 2}})).error().code() == Errc::bad_request);
        CHECK(shop.wait(repository.related_destroy_by_id(customer, "2", orders, "1")).error().code() == Errc::not_found);
        CHECK(shop.wait(repository.related(customer, "9", orders, nullptr)).error().label() == "MODEL_NOT_FOUND");
        const auto& order = shop.model("Order");
        CHECK(shop.wait(repository.related(order, "1", *order.find_relation("customer"), nullptr))->size() == 1);
        CHECK(*shop.wait(repository.related_destroy_all(customer, "1", orders, Where{})) == 1);
    }
}

}  // namespace mt::app
