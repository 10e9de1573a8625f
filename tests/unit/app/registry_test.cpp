#include <doctest/doctest.h>

#include "tests/unit/app/make_registry.hpp"

namespace mt::app {

TEST_CASE("load_registry: models, injected keys and relations") {
    TenantFolder folder;
    folder.write_shop("memory");
    const auto registry = folder.load();
    REQUIRE(registry.ok());
    const auto& customer = *registry->find("Customer");
    const auto& order = *registry->find("Order");
    CHECK(customer.plural == "Customers");
    CHECK(customer.id().name == "id");
    CHECK(customer.id().generated);
    CHECK(customer.force_id);
    CHECK_FALSE(registry->find("Product")->force_id);
    CHECK_FALSE(registry->find("Any")->force_id);
    const auto& relation = *order.find_relation("customer");
    CHECK(relation.foreign_key == "customerId");
    CHECK(relation.target == &customer);
    const auto& key = order.properties[*order.find_property("customerId")];
    CHECK(key.injected);
    CHECK(key.type == Type::number);
    CHECK(registry->find("Strict")->strict == Model::Strict::validate);
    CHECK(customer.properties[*customer.find_property("tags")].array);
    CHECK(folder.warnings.empty());
}

TEST_CASE("load_registry: LoopBack's own models load, and own ones build on them") {
    TenantFolder folder;
    folder.write("model-config.json", R"({"_meta":{"sources":["loopback/common/models","./models"]},"User":{"dataSource":"db"},
        "AccessToken":{"dataSource":"db","public":false},"ACL":{"dataSource":"db"},"Role":{"dataSource":"db"},
        "RoleMapping":{"dataSource":"db"},"Email":{"dataSource":"db"},"Member":{"dataSource":"db"}})");
    folder.write("models/some-member.json", R"({"name":"Member","base":"User","properties":{"nick":"string"}})");
    const auto registry = folder.load();
    REQUIRE(registry.ok());
    const auto& member = *registry->find("Member");
    CHECK(member.find_property("email"));
    CHECK(member.find_property("nick"));
    CHECK(member.is_hidden("password"));
    CHECK(member.find_relation("accessTokens"));
    CHECK_FALSE(registry->find("Email")->persisted);
    CHECK_FALSE(registry->find("AccessToken")->is_public);
}

TEST_CASE("load_registry: says file, line, pointer and what to do") {
    struct Row { const char* file; const char* text; const char* pointer; std::size_t line; const char* hint; };
    for (const auto& [file, text, pointer, line, hint] : {
             Row{"datasources.json", "{\n\"db\":{\n\"connector\":\"sqlte3\"}}", "/db/connector", 3, "did you mean \"sqlite3\"? Known: memory, sqlite, sqlite3, transient"},
             Row{"model-config.json", "{\"Customer\":{\n\"dataSource\":\"dbb\"}}", "/Customer/dataSource", 2, "did you mean \"db\"? Known: db"},
             Row{"models/customer.json", "{\"name\":\"Customer\",\n\"properties\":{\"a\":{\n\"type\":\"sting\"}}}", "/properties/a/type", 3,
                 "did you mean \"string\"? Known: string, number, boolean, date, object, any, array, geopoint, buffer"},
             Row{"models/customer.json", "{\"name\":\"Customer\",\"relations\":{\n\"o\":{\"type\":\"hasMany\",\n\"model\":\"Custmer\"}}}", "/relations/o/model", 3,
                 "did you mean \"Customer\"? Known: Customer"},
             Row{"models/customer.json", "{\"name\":\"Customer\",\n\"base\":\"Persisted\"}", "/base", 2, nullptr},
             Row{"models/customer.json", "{\"name\":\"Customer\",\n\"strict\":\"x\"}", "/strict", 2, nullptr},
             Row{"models/customer.json", "{\"name\":\"Customer\"\n,,}", "", 2, nullptr},
             Row{"models/customer.json", "[]", "", 1, nullptr}}) {
        CAPTURE(text);
        TenantFolder folder;
        folder.write("model-config.json", R"({"Customer":{"dataSource":"db"}})");
        folder.write("models/customer.json", R"({"name":"Customer"})");
        folder.write(file, text);
        const auto registry = folder.load();
        REQUIRE_FALSE(registry.ok());
        CHECK(registry.error().code() == Errc::invalid_config);
        CHECK(registry.error().place().file == file);
        CHECK(registry.error().place().pointer == pointer);
        CHECK(registry.error().place().line == line);
        if (hint) CHECK(registry.error().place().hint == hint);
    }
}

TEST_CASE("load_registry: a name that is no identifier, a cycle of bases, a model twice, a source outside the folder") {
    TenantFolder folder;
    folder.write("model-config.json", R"({"a b":{"dataSource":"db"}})");
    folder.write("models/x.json", R"({"name":"a b"})");
    CHECK(folder.load().error().place().pointer == "/name");
    folder.write("model-config.json", R"({"X":{"dataSource":"db"}})");
    folder.write("models/x.json", R"({"name":"X","base":"Y"})");
    folder.write("models/y.json", R"({"name":"Y","base":"X"})");
    CHECK_FALSE(folder.load().ok());
    folder.write("models/y.json", R"({"name":"X"})");
    CHECK_FALSE(folder.load().ok());
    folder.write("model-config.json", R"({"_meta":{"sources":["../other"]}})");
    CHECK_FALSE(folder.load().ok());
}

TEST_CASE("load_registry: what is accepted and not acted upon is a warning") {
    TenantFolder folder;
    folder.write("model-config.json", R"({"X":{"dataSource":"db"}})");
    folder.write("models/X.json", R"({"name":"X","colour":1,"mixins":{"A":true},"relations":{"parts":{"type":"hasMany","model":"X","options":{"invertProperties":true}}}})");
    folder.write("models/X.js", "module.exports = 1;");
    REQUIRE(folder.load().ok());
    CHECK(folder.warnings == std::vector<std::string>{"models/X.js: code is not run", "models/X.json:1 /colour: unknown key",
                                                      "models/X.json:1 /mixins: not supported yet",
                                                      "models/X.json:1 /relations/parts/options/invertProperties: not supported"});
}

}  // namespace mt::app
