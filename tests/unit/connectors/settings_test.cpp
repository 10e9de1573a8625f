#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::server {

namespace {

Result<Settings> read(const char* text) {
    const Datasource datasource{"db", "postgresql", std::make_shared<const ordered_json>(ordered_json::parse(text))};
    return read_settings("/nowhere", datasource, "postgres", 5432);
}

}  // namespace

TEST_CASE("read_settings: LoopBack's keys, and a url whose parts single keys replace") {
    const auto plain = read(R"({"host":"h","port":"6000","username":"u","password":"p","database":"d","max":7,"ssl":true})");
    REQUIRE(plain.ok());
    CHECK(plain->host == "h");
    CHECK(plain->port == 6000);
    CHECK(plain->user == "u");
    CHECK(plain->connections_max == 7);
    CHECK(plain->tls == Tls::verify_full);
    const auto url = read(R"({"url":"postgresql://u%40x:p%3A@[::1]:99/d%2Fe?sslmode=require&x=1","password":"other"})");
    REQUIRE(url.ok());
    CHECK(url->user == "u@x");
    CHECK(url->host == "::1");
    CHECK(url->port == 99);
    CHECK(url->database == "d/e");
    CHECK(url->password == "other");
    CHECK(url->tls == Tls::require);
    const auto least = read(R"({"user":"u"})");
    REQUIRE(least.ok());
    CHECK(least->host == "localhost");
    CHECK(least->port == 5432);
    CHECK(least->database == "u");
    CHECK(read(R"({"user":"u","host":"/run/postgresql"})")->local());
}

TEST_CASE("read_settings: what cannot be is refused at its key, without telling a secret") {
    struct Row { const char* text; const char* pointer; };
    for (const auto& [text, pointer] : {
             Row{R"({})", "/db/user"}, Row{R"({"user":1})", "/db/user"}, Row{R"({"user":"u","port":0})", "/db/port"},
             Row{R"({"user":"u","port":70000})", "/db/port"}, Row{R"({"user":"u","connectionLimit":101})", "/db/connectionLimit"},
             Row{R"({"user":"u","connectTimeout":0})", "/db/connectTimeout"}, Row{R"({"user":"u","ssl":"yes"})", "/db/ssl"},
             Row{R"({"user":"u","sslmode":"maybe"})", "/db/sslmode"}, Row{R"({"user":"u","host":""})", "/db/host"},
             Row{R"({"user":"u","ssl":{"ca":"../../etc/passwd"}})", "/db/ssl/ca"}, Row{R"({"user":"u","ssl":{"ca":"missing.pem"}})", "/db/ssl/ca"},
             Row{R"({"url":"mysql://u:canary@h/d"})", "/db/url"}, Row{R"({"url":"postgres://u:canary%@h/d"})", "/db/url"},
             Row{R"({"url":"postgres://u:canary@h:99999/d"})", "/db/url"}, Row{R"({"url":"postgres://u:canary@[::1/d"})", "/db/url"}}) {
        CAPTURE(text);
        const auto refused = read(text);
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().code() == Errc::invalid_config);
        CHECK(refused.error().place().pointer == pointer);
        CHECK(refused.error().message().find("canary") == std::string::npos);
    }
}

}  // namespace mt::app::server
