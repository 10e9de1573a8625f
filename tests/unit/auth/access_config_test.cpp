#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/app/make_registry.hpp"

using namespace mt;
using namespace mt::app;

TEST_CASE("acls: those of the bases come first, model-config.json replaces what it names") {
    TenantFolder folder;
    folder.write("model-config.json", R"({"Doc":{"dataSource":"db","acls":[
        {"principalType":"ROLE","principalId":"$everyone","permission":"ALLOW"}],"options":{"ttl":5}},"Member":{"dataSource":"db"}})");
    folder.write("models/doc.json", R"({"name":"Doc","acls":[
        {"accessType":"*","principalType":"ROLE","principalId":"$everyone","permission":"DENY","property":"*"},
        {"principalType":"USER","principalId":7,"permission":"ALLOW","property":["find","count"],"accessType":"READ"}]})");
    folder.write("models/member.json", R"({"name":"Member","base":"User","acls":[
        {"principalType":"ROLE","principalId":"admin","permission":"ALLOW"}]})");
    const auto registry = folder.load();
    REQUIRE(registry.ok());
    const auto& doc = *registry->find("Doc");
    REQUIRE(doc.acls.size() == 2);
    CHECK(doc.acls[0].permission == "ALLOW");
    CHECK(doc.acls[1].principal_id == "7");
    CHECK(doc.acls[1].properties == std::vector<std::string>{"find", "count"});
    CHECK(doc.access_setting("ttl") == 5);
    CHECK(doc.builtin == BuiltIn::none);
    const auto& member = *registry->find("Member");
    CHECK(member.builtin == BuiltIn::user);
    CHECK(member.acls.front().permission == "DENY");
    CHECK(member.acls.back().principal_id == "admin");
    CHECK(member.access_setting("caseSensitiveEmail") == true);
}

TEST_CASE("acls: a rule that cannot be understood stops the start; it may be the one that denies") {
    for (const char* acls : {R"({})", R"([1])", R"([{"permission":"DENIED"}])", R"([{"accessType":"read"}])", R"([{"property":1}])",
                             R"([{"property":[1]}])", R"([{"principalId":{}}])"}) {
        CAPTURE(acls);
        TenantFolder folder;
        folder.write("model-config.json", R"({"Doc":{"dataSource":"db"}})");
        folder.write("models/doc.json", std::string{R"({"name":"Doc","acls":)"} + acls + "}");
        const auto registry = folder.load();
        REQUIRE_FALSE(registry.ok());
        CHECK(registry.error().code() == Errc::invalid_config);
    }
}
