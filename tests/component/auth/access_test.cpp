#include "tests/component/auth/tenant.hpp"

using namespace mt::app;
using mt::app::rest::Verb;

TEST_CASE("access: the owner and nobody else, whatever id stands in the query or body") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector};
        const auto ann = tenant.join("ann"), bob = tenant.join("bob");
        tenant.put("Doc", R"({"title":"of ann","userId":1})");
        tenant.put("Doc", R"({"title":"of bob","userId":2})");
        CHECK(tenant.get("/api/Docs/1").status == 401);
        CHECK(tenant.get("/api/Docs/1", ann).status == 200);
        CHECK(tenant.get("/api/Docs/1", bob).code() == "AUTHORIZATION_REQUIRED");
        CHECK(tenant.get("/api/Docs/1", "bogus").status == 401);
        CHECK(tenant.get("/api/Docs?id=1", ann).status == 401);
        CHECK(tenant.post("/api/Docs/update?where={}", R"({"id":1,"title":"mine"})", ann).status == 401);
        CHECK(tenant.ask(Verb::del, "/api/Docs/2", "", ann).status == 401);
        CHECK(tenant.ask(Verb::patch, "/api/Docs/99", R"({"title":"x"})", ann).code() == "MODEL_NOT_FOUND");
        CHECK(tenant.ask(Verb::patch, "/api/Docs/2", R"({"title":"x"})", ann).status == 401);
        CHECK(tenant.ask(Verb::put, "/api/Docs", R"({"id":1,"title":"y","userId":1})", ann).status == 200);
        CHECK(tenant.ask(Verb::put, "/api/Docs", R"({"id":2,"title":"y"})", ann).status == 401);
    }
}

TEST_CASE("access: own roles are rows of Role and RoleMapping") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector};
        const auto ann = tenant.join("ann"), bob = tenant.join("bob");
        CHECK(tenant.get("/api/Docs", ann).status == 401);
        tenant.put("Role", R"({"name":"admin"})");
        tenant.put("RoleMapping", R"({"principalType":"USER","principalId":"1","roleId":1})");
        CHECK(tenant.get("/api/Docs", ann).status == 200);
        CHECK(tenant.get("/api/Docs", bob).status == 401);
        CHECK(tenant.get("/api/Docs").status == 401);
    }
}

TEST_CASE("access: rows of the ACL model count at once") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector};
        const auto ann = tenant.join("ann");
        CHECK(tenant.get("/api/Frees").status == 200);
        tenant.put("ACL", R"({"model":"Free","property":"*","accessType":"*","permission":"DENY","principalType":"ROLE","principalId":"$everyone"})");
        tenant.put("ACL", R"({"model":"Free","property":"find","accessType":"READ","permission":"ALLOW","principalType":"USER","principalId":"1"})");
        tenant.put("ACL", R"({"model":"Free","property":"updateAttributes","accessType":"*","permission":"ALLOW","principalType":"USER","principalId":"1"})");
        tenant.put("Free", R"({"name":"x"})");
        CHECK(tenant.get("/api/Frees").status == 401);
        CHECK(tenant.get("/api/Frees", ann).status == 200);
        CHECK(tenant.get("/api/Frees/1", ann).status == 401);
        CHECK(tenant.ask(Verb::patch, "/api/Frees/1", R"({"name":"y"})", ann).status == 200);
    }
}

TEST_CASE("access: an expired token is refused everywhere, and removed") {
    Tenant tenant{"memory"};
    const auto ann = tenant.join("ann");
    REQUIRE(tenant.stored("AccessToken").size() == 1);
    const auto& model = *tenant.registry.find("AccessToken");
    Record changes{model};
    changes.values[*model.find_property("created")] = "2020-01-01T00:00:00.000Z";
    REQUIRE(*tenant.wait(tenant.connector->update(model, Where{}, changes)) == 1);
    CHECK(tenant.get("/api/Frees", ann).code() == "INVALID_TOKEN");
    CHECK(tenant.stored("AccessToken").empty());
    CHECK(tenant.get("/api/Frees", ann).status == 200);  // a token that is not known is no token
}

TEST_CASE("access: explain names the rule that decided and those that did not") {
    Tenant tenant{"memory"};
    tenant.join("ann");
    tenant.put("Doc", R"({"title":"of ann","userId":1})");
    const Demand demand{*tenant.registry.find("Doc"), "findById", {}, "READ", "1"};
    auto session = tenant.wait(tenant.auth->session_as("ann@x.co"));
    REQUIRE(session.ok());
    const auto granted = tenant.wait(tenant.auth->access().decide(demand, &*session, true));
    REQUIRE(granted.ok());
    CHECK(granted->allowed);
    CHECK(granted->reason == "ALLOW * on * for ROLE $owner (model Doc)");
    REQUIRE(granted->steps.size() == 3);
    CHECK(granted->steps[0].rule == "ALLOW * on * for ROLE admin");
    CHECK_FALSE(granted->steps[0].applies);
    const auto denied = tenant.wait(tenant.auth->access().decide(demand, nullptr, true));
    REQUIRE(denied.ok());
    CHECK(denied->reason == "DENY * on * for ROLE $everyone (model Doc)");
    CHECK_FALSE(tenant.wait(tenant.auth->session_as("nobody")).ok());
}

TEST_CASE("access: who is logged in and denied gets aclErrorStatus, the model's before that of config.json") {
    Tenant tenant{"memory", "{}", {{"models/free.json", R"({"name":"Free","aclErrorStatus":404,"acls":[
        {"principalType":"ROLE","principalId":"$everyone","permission":"DENY"}]})"}}};
    const auto ann = tenant.join("ann");
    tenant.service->settings.acl_error_status = 403;
    CHECK(tenant.get("/api/Docs", ann).status == 403);
    CHECK(tenant.get("/api/Docs", ann).code() == "ACCESS_DENIED");
    CHECK(tenant.get("/api/Docs").code() == "AUTHORIZATION_REQUIRED");  // nobody is asked to log in
    CHECK(tenant.get("/api/Frees", ann).code() == "MODEL_NOT_FOUND");
    CHECK(tenant.get("/api/Frees").status == 401);
}
