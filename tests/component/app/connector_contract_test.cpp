// What every connector does: MT_CONNECTORS lists them (tests/support/datasource.hpp).
#include "tests/component/app/shop.hpp"

namespace mt::app {

namespace {
/// PostgreSQL's texts cannot hold the character U+0000; all else is the same.
std::string storable(const std::string& connector, std::string data) {
    constexpr std::string_view nul = "\\u0000";
    const auto at = data.find(nul);
    if (connector == "postgresql" && at != std::string::npos) data.erase(at, nul.size());
    return data;
}

void seed(Shop& shop, const std::string& connector) {
    for (const char* customer : {R"({"name":"Alice","email":"alice@x.com","age":30,"vip":true,"createdAt":"2020-01-15","tags":["a","b"],"address":{"city":"Paris","geo":{"lat":48.85}}})",
                                 R"({"name":"Bob","age":25,"vip":false,"tags":["b"],"address":{"city":"London"},"extra":"e","deep":{"x":[1,{"y":2}]}})",
                                 R"({"name":"alice","age":-3,"tags":[]})", R"({"name":"100%","vip":null})", R"({"name":"Ω\u0000'\";--","age":65.5})"}) {
        REQUIRE(shop.create("Customer", storable(connector, customer).c_str()).is_object());
    }
}
}  // namespace

TEST_CASE("find: every operator means the same on every connector") {
    struct Row { const char* where; const char* ids; };
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        seed(shop, connector);
        for (const auto& [where, ids] : {
                 Row{R"({})", "1 2 3 4 5"}, Row{R"({"name":"Alice"})", "1"}, Row{R"({"age":"30"})", "1"}, Row{R"({"age":"abc"})", ""},
                 Row{R"({"age":null})", "4"}, Row{R"({"age":{"neq":30}})", "2 3 4 5"}, Row{R"({"age":{"neq":null}})", "1 2 3 5"},
                 Row{R"({"age":{"gt":25}})", "1 5"}, Row{R"({"age":{"gt":20,"lt":26}})", "1 2 5"}, Row{R"({"age":{"between":[25,30]}})", "1 2"},
                 Row{R"({"age":{"inq":[30,"25"]}})", "1 2"}, Row{R"({"age":{"inq":[]}})", ""}, Row{R"({"age":{"inq":[null,30]}})", "1 4"},
                 Row{R"({"age":{"nin":[30]}})", "2 3 4 5"}, Row{R"({"age":{"nin":[]}})", "1 2 3 4 5"}, Row{R"({"age":{"nin":[null]}})", "1 2 3 5"},
                 Row{R"({"vip":"1"})", "1"}, Row{R"({"vip":{"neq":true}})", "2 3 4 5"}, Row{R"({"createdAt":{"lt":"2021"}})", "1"},
                 Row{R"({"createdAt":{"gt":"garbage"}})", ""}, Row{R"({"name":{"like":"A%"}})", "1"}, Row{R"({"name":{"like":"li"}})", "1 3"},
                 Row{R"({"name":{"like":""}})", ""}, Row{R"({"name":{"like":"("}})", ""}, Row{R"({"name":{"like":"100\\%"}})", "4"},
                 Row{R"({"name":{"nlike":"%li%"}})", "2 4 5"}, Row{R"({"name":{"ilike":"ALICE"}})", "1 3"}, Row{R"({"name":{"nilike":"%ALI%"}})", "2 4 5"},
                 Row{R"({"name":{"regexp":"^a"}})", "3"}, Row{R"({"name":{"regexp":"/^a/i"}})", "1 3"}, Row{R"({"name":{"regexp":"("}})", ""},
                 Row{R"({"name":{"regexp":"(a+)+$"}})", ""}, Row{R"({"tags":"b"})", "1 2"}, Row{R"({"tags":{"inq":["a"]}})", "1"},
                 Row{R"({"address.city":"Paris"})", "1"}, Row{R"({"address.geo.lat":{"gt":40}})", "1"}, Row{R"({"address.city":{"like":"on"}})", "2"},
                 Row{R"({"address":{"city":"London"}})", ""}, Row{R"({"extra":"e"})", "2"}, Row{R"({"extra":null})", "1 3 4 5"},
                 Row{R"({"deep.x.y":2})", "2"}, Row{R"({"unknown":"x"})", ""}, Row{R"({"unknown":{"neq":1}})", "1 2 3 4 5"},
                 Row{R"({"and":[]})", "1 2 3 4 5"}, Row{R"({"or":[]})", ""}, Row{R"({"or":[{"age":30},{"extra":"e"}]})", "1 2"},
                 Row{R"({"and":[{"or":[{"age":30},{"age":25}]},{"vip":false}]})", "2"}, Row{R"({"nor":[{"age":30}]})", ""},
                 Row{R"({"name":{"exists":true}})", ""}, Row{R"({"age":{"foo":1}})", ""}, Row{R"({"name":["Alice"]})", "1"}, Row{R"({"id":"x"})", ""}}) {
            CAPTURE(where);
            CHECK(shop.ids("Customer", (std::string{"{\"where\":"} + where + "}").c_str()) == ids);
            const auto parsed = parse_where(shop.registry, shop.model("Customer"), json::parse(where));
            const auto expected = shop.find("Customer", (std::string{"{\"where\":"} + where + "}").c_str()).size();
            CHECK(*shop.wait(shop.connector->count(shop.model("Customer"), *parsed)) == expected);
        }
    }
}

TEST_CASE("find: order puts nulls first, last if descending, ties by id; limit and skip follow it") {
    struct Row { const char* filter; const char* ids; };
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        seed(shop, connector);
        for (const auto& [filter, ids] : {Row{R"({"order":"age"})", "4 3 2 1 5"}, Row{R"({"order":"age DESC"})", "5 1 2 3 4"},
                                          Row{R"({"order":["vip DESC","id DESC"]})", "1 2 5 4 3"}, Row{R"({"order":"name"})", "4 1 2 3 5"},
                                          Row{R"({"order":"address.city"})", "3 4 5 2 1"}, Row{R"({"order":"unknown"})", "1 2 3 4 5"},
                                          Row{R"({"order":"age","skip":1,"limit":2})", "3 2"}, Row{R"({"skip":99})", ""}, Row{R"({"limit":99999999999999})", "1 2 3 4 5"}}) {
            CAPTURE(filter);
            CHECK(shop.ids("Customer", filter) == ids);
        }
    }
}

TEST_CASE("create: ids count up, follow chosen ones, and are never used twice") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        CHECK(shop.create("Any", R"({"id":42})")["id"] == 42);
        CHECK(shop.create("Any", R"({})")["id"] == 43);
        CHECK(shop.create("Any", R"({"id":42})") == "Duplicate entry for Any.id");
        CHECK(shop.create("Any", R"({"id":"str"})")["id"] == 45);
        CHECK(*shop.wait(shop.repository->destroy_by_id(shop.model("Any"), "45")) == 1);
        CHECK(shop.create("Any", R"({})")["id"] == 46);
        CHECK(shop.create("Product", R"({"id":"a"})")["id"] == "a");
        CHECK(shop.create("Product", R"({"id":""})")["id"] == "2");
        CHECK(shop.create("Product", R"({"id":"a"})") == "Duplicate entry for Product.id");
    }
}

TEST_CASE("create, update, replace: a unique value is taken once, and a refused change changes nothing") {
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        const auto& model = shop.model("Customer");
        shop.create("Customer", R"({"name":"a","code":"x"})");
        CHECK(shop.create("Customer", R"({"name":"b","code":"x"})") == "Duplicate entry for Customer.code");
        shop.create("Customer", R"({"name":"c"})");
        shop.create("Customer", R"({"name":"d"})");
        CHECK(shop.wait(shop.repository->update_all(model, Where{}, json{{"code", "y"}})).error().code() == Errc::conflict);
        CHECK(shop.ids("Customer", R"({"where":{"code":"x"}})") == "1");
        CHECK(shop.wait(shop.repository->replace_by_id(model, "3", {{"name", "c"}, {"code", "x"}})).error().code() == Errc::conflict);
    }
}

TEST_CASE("values of any kind come back as they were stored") {
    constexpr auto k_data = R"({"name":"Zoë 漢字 🎉 \u0000 \\ \" \n","age":1e+21,"vip":false,"createdAt":"1969-12-31T23:59:59.999Z",
        "tags":["x","1"],"address":{"a":{"b":[1,{"c":true}]}},"foo":{"bar":[1.5,"x"]}})";
    for (const auto& connector : k_connectors) {
        CAPTURE(connector);
        Shop shop{connector};
        const auto data = storable(connector, k_data);
        auto expected = json::parse(data);
        expected["id"] = 1;
        CHECK(shop.create("Customer", data.c_str()) == expected);
        CHECK(shop.find("Customer", "{}")[0] == expected);
        for (const char* any : {"5", "\"5\"", "true", "[1,2]", "{\"a\":1}"}) {
            const auto made = shop.create("Any", (std::string{"{\"x\":"} + any + "}").c_str());
            CHECK(shop.find("Any", (R"({"where":{"id":)" + made["id"].dump() + "}}").c_str())[0]["x"] == json::parse(any));
        }
    }
}

}  // namespace mt::app
