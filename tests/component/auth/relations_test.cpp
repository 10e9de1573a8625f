#include "tests/component/auth/tenant.hpp"

// Where relations and scopes meet users and access rules.
using namespace mt::app;
using mt::app::rest::Verb;

namespace {

const std::map<std::string, std::string> k_library = {
    {"model-config.json", R"({"User":{"dataSource":"db"},"AccessToken":{"dataSource":"db"},"ACL":{"dataSource":"db"},
        "Role":{"dataSource":"db"},"RoleMapping":{"dataSource":"db"},"Book":{"dataSource":"db"},"Chapter":{"dataSource":"db"},
        "Note":{"dataSource":"db"},"Tag":{"dataSource":"db"},"Team":{"dataSource":"db"},"Member":{"dataSource":"db",
        "acls":[{"principalType":"ROLE","principalId":"$everyone","permission":"ALLOW"}]}})"},
    {"models/book.json", R"({"name":"Book","properties":{"title":"string","old":"boolean"},"scopes":{"classics":{"where":{"old":true}}},
        "relations":{"chapters":{"type":"hasMany","model":"Chapter","options":{"nestRemoting":true}},
            "tags":{"type":"hasAndBelongsToMany","model":"Tag"}},
        "acls":[{"principalType":"ROLE","principalId":"$everyone","permission":"DENY"},
            {"principalType":"ROLE","principalId":"$everyone","permission":"ALLOW","property":"__get__classics"},
            {"principalType":"ROLE","principalId":"$everyone","permission":"ALLOW","property":"__link__tags"},
            {"principalType":"ROLE","principalId":"$everyone","permission":"ALLOW","property":"__exists__tags","accessType":"READ"},
            {"principalType":"ROLE","principalId":"$everyone","permission":"ALLOW","property":"__unlink__tags","accessType":"READ"},
            {"principalType":"ROLE","principalId":"$everyone","permission":"ALLOW","property":"__get__chapters__notes"}]})"},
    {"models/chapter.json", R"({"name":"Chapter","relations":{"notes":{"type":"hasMany","model":"Note"}}})"},
    {"models/note.json", R"({"name":"Note","properties":{"text":"string"}})"},
    {"models/tag.json", R"({"name":"Tag","properties":{"name":"string"}})"},
    {"models/team.json", R"({"name":"Team","relations":{"members":{"type":"hasMany","model":"Member","foreignKey":"teamId"}}})"},
    {"models/member.json", R"({"name":"Member","base":"User","properties":{"gone":"boolean"},"scope":{"where":{"gone":false}}})"},
};

}  // namespace

TEST_CASE("access: methods of scopes, ties and nested relations are ruled by their LoopBack names") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector, "{}", k_library};
        tenant.put("Book", R"({"title":"a","old":true})");
        tenant.put("Chapter", R"({"bookId":1})");
        tenant.put("Note", R"({"text":"n","chapterId":1})");
        tenant.put("Tag", R"({"name":"t"})");
        CHECK(tenant.get("/api/Books/classics").status == 200);
        CHECK(tenant.get("/api/Books/classics/count").status == 401);
        CHECK(tenant.post("/api/Books/classics", "{}").status == 401);
        CHECK(tenant.ask(Verb::del, "/api/Books/classics").status == 401);
        CHECK(tenant.ask(Verb::put, "/api/Books/1/tags/rel/1", "{}").status == 200);
        CHECK(tenant.ask(Verb::head, "/api/Books/1/tags/rel/1").status == 200);
        CHECK(tenant.ask(Verb::del, "/api/Books/1/tags/rel/1").status == 401);  // it is a WRITE
        CHECK(tenant.get("/api/Books/1/tags").status == 401);
        CHECK(tenant.get("/api/Books/1/chapters").status == 401);
        CHECK(tenant.get("/api/Books/1/chapters/1/notes").status == 200);
        CHECK(tenant.post("/api/Books/1/chapters/1/notes", "{}").status == 401);
        CHECK(tenant.get("/api/Books/1/chapters/1/notes/count").status == 401);
        CHECK(tenant.stored("Book").size() == 1);
        CHECK(tenant.stored("Note").size() == 1);
    }
}

TEST_CASE("users: below a relation they are hashed, and lose their tokens, as anywhere") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector, "{}", k_library};
        tenant.put("Team", "{}");
        const auto* credentials = R"({"email":"ann@x.co","password":"secret of ann"})";
        CHECK(tenant.post("/api/Teams/1/members", credentials).status == 200);
        const auto& member = *tenant.registry.find("Member");
        const auto password = [&] { return tenant.stored("Member")[0].values[*member.find_property("password")].get<std::string>(); };
        CHECK(password().starts_with("$argon2id$"));
        CHECK(tenant.post("/api/Members/login", credentials).status == 200);
        CHECK(tenant.ask(Verb::put, "/api/Teams/1/members/1", R"({"password":"another one"})").status == 200);
        CHECK(password().starts_with("$argon2id$"));
        CHECK(tenant.stored("AccessToken").empty());
        CHECK(tenant.post("/api/Members/login", R"({"email":"ann@x.co","password":"another one"})").status == 200);
        CHECK(tenant.stored("AccessToken").size() == 1);
        CHECK(tenant.get(R"(/api/Members?filter={"where":{"accessTokens":{"ttl":{"gt":0}}}})").status == 400);
        CHECK(tenant.ask(Verb::del, "/api/Teams/1/members").status == 204);
        CHECK(tenant.stored("AccessToken").empty());
        CHECK(tenant.stored("Member").empty());
    }
}

TEST_CASE("users: whom the default scope hides can neither log in nor be changed") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector, "{}", k_library};
        const auto* credentials = R"({"email":"ann@x.co","password":"secret of ann"})";
        CHECK(tenant.post("/api/Members", credentials).status == 200);
        CHECK(tenant.post("/api/Members/login", credentials).status == 200);
        CHECK(tenant.ask(Verb::patch, "/api/Members/1", R"({"gone":true})").status == 200);
        CHECK(tenant.post("/api/Members/login", credentials).code() == "LOGIN_FAILED");
        CHECK(tenant.ask(Verb::patch, "/api/Members/1", R"({"gone":false})").status == 404);
        CHECK(tenant.ask(Verb::put, "/api/Members/1", R"({"email":"ann@x.co","password":"mine now","gone":false})").status == 404);
        CHECK(tenant.get("/api/Members/1").status == 404);
        CHECK(tenant.ask(Verb::del, "/api/Members/1").status == 200);
        CHECK(tenant.stored("Member").size() == 1);
    }
}
