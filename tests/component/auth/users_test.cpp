#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tenant-app/auth/password.hpp"
#include "tenant-app/auth/token.hpp"
#include "tests/component/auth/tenant.hpp"

using namespace mt::app;
using mt::app::rest::Verb;

namespace {

std::string only_mail(const Tenant& tenant) {
    std::string text;
    for (const auto& entry : std::filesystem::directory_iterator{tenant.folder.path() / "outbox"}) {
        std::ifstream file{entry.path()};
        text.append(std::istreambuf_iterator<char>{file}, {});
    }
    return text;
}

/// What is written to standard error while it lives.
class Heard {
public:
    Heard() : file_(std::tmpfile()), before_(::dup(2)) { ::dup2(::fileno(file_), 2); }
    ~Heard() {
        if (before_ >= 0) text();
        std::fclose(file_);
    }
    std::string text() {
        if (before_ >= 0) ::dup2(before_, 2), ::close(std::exchange(before_, -1));
        std::string out(65'536, '\0');
        std::rewind(file_);
        out.resize(std::fread(out.data(), 1, out.size(), file_));
        return out;
    }

private:
    std::FILE* file_;
    int before_;
};

}  // namespace

TEST_CASE("users: what is stored is neither a password nor a token") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector};
        const auto token = tenant.join("ann");
        const auto& users = *tenant.registry.find("User");
        const auto stored = value_of(users, tenant.stored("User")[0], "password").get<std::string>();
        CHECK(stored.starts_with("$argon2id$"));
        const auto row = tenant.stored("AccessToken")[0].values[0].get<std::string>();
        CHECK(row == stored_token(token));
        // Whoever has read the database does not get in with what stands there.
        CHECK(tenant.get("/api/Users/1", token).status == 200);
        CHECK(tenant.get("/api/Users/1", row).status == 401);
    }
}

TEST_CASE("users: every way of writing a user hashes the password") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector};
        const auto ann = tenant.join("ann");
        const auto login = [&](const char* password) {
            return tenant.post("/api/Users/login", std::string{R"({"email":"ann@x.co","password":")"} + password + "\"}").status;
        };
        CHECK(tenant.ask(Verb::patch, "/api/Users/1", R"({"password":"patched"})", ann).status == 200);
        CHECK(login("patched") == 200);
        CHECK(tenant.ask(Verb::put, "/api/Users/1", R"({"email":"ann@x.co","password":"put"})", ann).status == 200);
        CHECK(login("put") == 200);
        CHECK(login("patched") == 401);
        const auto& users = *tenant.registry.find("User");
        REQUIRE(tenant.wait(tenant.repository->update_all(users, Where{}, {{"password", "all"}})).ok());
        CHECK(login("all") == 200);
        REQUIRE(tenant.wait(tenant.repository->patch_or_create(users, {{"id", 1}, {"password", "upserted"}})).ok());
        CHECK(login("upserted") == 200);
        REQUIRE(tenant.wait(tenant.repository->upsert_with_where(users, Where{}, {{"password", "where"}})).ok());
        CHECK(login("where") == 200);
        CHECK(tenant.ask(Verb::patch, "/api/Users/1", R"({"password":null})", ann).status != 500);
        CHECK(login("where") == 200);
        for (const auto& user : tenant.stored("User"))
            CHECK(value_of(users, user, "password").get<std::string>().starts_with("$argon2id$"));
    }
}

TEST_CASE("users: a new password or address ends all sessions but the one that set it") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector};
        const auto one = tenant.join("ann");
        const auto two = tenant.post("/api/Users/login", R"({"email":"ann@x.co","password":"secret of ann"})").body["id"].get<std::string>();
        CHECK(tenant.ask(Verb::patch, "/api/Users/1", R"({"realm":"x"})", one).status == 200);
        CHECK(tenant.get("/api/Users/1", two).status == 200);
        CHECK(tenant.ask(Verb::patch, "/api/Users/1", R"({"email":"ann2@x.co"})", one).status == 200);
        CHECK(tenant.get("/api/Users/1", two).status == 401);
        CHECK(tenant.get("/api/Users/1", one).status == 200);
        CHECK(tenant.ask(Verb::del, "/api/Users/1", "", one).status == 200);
        CHECK(tenant.stored("AccessToken").empty());
    }
}

TEST_CASE("users: bad passwords, addresses and names are refused in LoopBack's words") {
    Tenant tenant{"memory"};
    tenant.join("ann");
    CHECK(tenant.post("/api/Users", R"({"email":"b@x.co","password":""})").code() == "INVALID_PASSWORD");
    const auto too_long = tenant.post("/api/Users", R"({"email":"b@x.co","password":")" + std::string(73, 'x') + "\"}");
    CHECK(too_long.status == 422);
    CHECK(too_long.code() == "PASSWORD_TOO_LONG");
    CHECK(too_long.body["error"]["name"] == "Error");
    const auto bad = tenant.post("/api/Users", R"({"email":"bad","password":"x"})");
    CHECK(bad.body["error"]["details"]["codes"] == mt::json::parse(R"({"email":["custom.email"]})"));
    CHECK(tenant.post("/api/Users", R"({"email":"b@x.co","password":1})").body["error"]["details"]["codes"] ==
          mt::json::parse(R"({"password":["presence"]})"));
    CHECK(tenant.post("/api/Users", R"({"email":"ann@x.co","password":"x"})").body["error"]["details"]["codes"]["email"][0] == "uniqueness");
    CHECK(tenant.stored("User").size() == 1);
    CHECK(tenant.post("/api/Users/login", R"({"email":"ann@x.co","password":{"a":1}})").code() == "LOGIN_FAILED");
    CHECK(tenant.post("/api/Users/login", R"({"username":["ann"],"password":"x"})").code() == "INVALID_USERNAME");
    CHECK(tenant.post("/api/Users/login", "[]").status == 400);
}

TEST_CASE("users: LoopBack's hashes are accepted and replaced at login") {
    for (const char* connector : k_connectors) {
        CAPTURE(connector);
        Tenant tenant{connector};
        tenant.put("User", R"({"email":"old@x.co","password":"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"})");
        const auto& users = *tenant.registry.find("User");
        CHECK(value_of(users, tenant.stored("User")[0], "password").get<std::string>().starts_with("$2a$"));
        CHECK(tenant.post("/api/Users/login", R"({"email":"old@x.co","password":"wrong"})").status == 401);
        CHECK(tenant.post("/api/Users/login", R"({"email":"old@x.co","password":"U*U"})").status == 200);
        CHECK(value_of(users, tenant.stored("User")[0], "password").get<std::string>().starts_with("$argon2id$"));
        CHECK(tenant.post("/api/Users/login", R"({"email":"old@x.co","password":"U*U"})").status == 200);
    }
}

TEST_CASE("users: verification by a link in a mail") {
    Tenant tenant{"sqlite3", R"({"emailVerificationRequired":true,"verifyOptions":{"host":"shop.example","protocol":"https","port":443}})"};
    const std::string credentials = R"({"email":"ann@x.co","password":"secret"})";
    REQUIRE(tenant.post("/api/Users", R"({"email":"ann@x.co","password":"secret","emailVerified":true})").status == 200);
    CHECK(tenant.post("/api/Users/login", credentials).code() == "LOGIN_FAILED_EMAIL_NOT_VERIFIED");
    CHECK(tenant.post("/api/Users/reset", R"({"email":"ann@x.co"})").code() == "RESET_FAILED_EMAIL_NOT_VERIFIED");
    CHECK(tenant.post("/api/Users/1/verify", "{}").status == 204);
    const auto mail = only_mail(tenant);
    const auto at = mail.find("https://shop.example/api/Users/confirm?uid=1&redirect=%2F&token=");
    REQUIRE(at != std::string::npos);
    const auto token = mail.substr(mail.find("token=", at) + 6, 64);
    CHECK(tenant.get("/api/Users/confirm?uid=1&token=x").code() == "INVALID_TOKEN");
    CHECK(tenant.get("/api/Users/confirm?uid=9&token=" + token).code() == "USER_NOT_FOUND");
    CHECK(tenant.get("/api/Users/confirm?uid=1").status == 400);
    const auto done = tenant.get("/api/Users/confirm?uid=1&redirect=/%0d%0aSet-Cookie:x&token=" + token);
    CHECK(done.status == 302);
    CHECK(done.text == "Location: /%0D%0ASet-Cookie:x\r\n");
    CHECK(tenant.get("/api/Users/confirm?uid=1&token=" + token).status == 400);
    CHECK(tenant.post("/api/Users/login", credentials).status == 200);
}

TEST_CASE("users: a reset token sets a password, and with restrictResetPasswordTokenScope nothing else") {
    Tenant tenant{"memory", R"({"restrictResetPasswordTokenScope":true})"};
    const auto session = tenant.join("ann");
    CHECK(tenant.post("/api/Users/reset", R"({"email":"nobody@x.co"})").code() == "EMAIL_NOT_FOUND");
    CHECK(tenant.post("/api/Users/reset", R"({"email":"ann@x.co"})").status == 204);
    const auto mail = only_mail(tenant);
    const auto token = mail.substr(mail.find("\t") + 1, 64);
    CHECK(tenant.get("/api/Users/1", token).status == 401);
    CHECK(tenant.get("/api/Frees", token).status == 401);
    CHECK(tenant.post("/api/Users/reset-password", R"({"newPassword":"fresh"})", session).status == 401);
    CHECK(tenant.post("/api/Users/reset-password", "{}", token).status == 400);
    CHECK(tenant.post("/api/Users/reset-password", R"({"newPassword":"fresh"})", token).status == 204);
    CHECK(tenant.get("/api/Users/1", session).status == 401);
    CHECK(tenant.post("/api/Users/login", R"({"email":"ann@x.co","password":"fresh"})").status == 200);
}

TEST_CASE("users: tokens are not included, and no password, hash or token is ever said or logged") {
    Heard heard;
    std::string said;
    std::vector<std::string> secrets{"secret of ann", "$argon2id$", "sha256-"};
    {
        Tenant tenant{"sqlite3"};
        const auto token = tenant.join("ann");
        tenant.everything_said.clear();  // the login itself tells the token
        secrets.push_back(token);
        const auto found = tenant.get("/api/Users/1?filter={\"include\":\"accessTokens\"}", token);
        CHECK(found.status == 200);
        CHECK_FALSE(found.body.contains("accessTokens"));
        for (const char* path : {"/api/Users", "/api/Users/1", "/api/Users/1/accessTokens", "/api/Users/99", "/api/Docs/1", "/api/Frees/9",
                                 "/api/Users/1?filter={\"fields\":[\"password\"]}", "/api/Users/1?filter={\"where\":{\"password\":1}}"})
            tenant.get(path, token);
        tenant.post("/api/Users", R"({"email":"ann@x.co","password":"secret of ann"})");
        tenant.post("/api/Users", R"({"email":{"a":1},"password":"secret of ann","username":{"x":[]}})");
        tenant.post("/api/Users/login", R"({"email":"ann@x.co","password":"secret of ann","ttl":"x"})", "Bearer " + token);
        tenant.everything_said.clear();  // a login again
        tenant.post("/api/Users/login", R"({"email":"nobody@x.co","password":"secret of ann"})");
        tenant.post("/api/Users/change-password", R"({"oldPassword":"no","newPassword":"secret of ann"})", token);
        tenant.ask(Verb::patch, "/api/Users/1", R"({"password":"secret of ann"})", token);
        tenant.post("/api/Users/logout", "", token);
        tenant.post("/api/Users/logout", "", token);
        said = tenant.everything_said;
    }
    said += heard.text();
    for (const auto& secret : secrets) {
        CAPTURE(secret);
        CHECK(said.find(secret) == std::string::npos);
    }
}
