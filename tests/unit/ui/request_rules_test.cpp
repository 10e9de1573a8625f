#include "gateway/ui/request_rules.hpp"

#include <doctest/doctest.h>

using namespace mt::gateway;
using Values = std::vector<std::string_view>;

TEST_CASE("is_own_host: loopback names with our port, nothing else") {
    for (const auto* host : {"127.0.0.1:9001", "localhost:9001", "LocalHost:9001", "[::1]:9001"}) {
        CAPTURE(host);
        CHECK(is_own_host(host, 9001));
    }
    for (const auto* host : {"", "127.0.0.1", "localhost:9000", "localhost:90011", "localhost.evil.example:9001",
                             "evil.example:9001", "127.0.0.1.evil.example:9001", "127.0.0.2:9001",
                             "localhost:9001@evil", " localhost:9001", "::1:9001"}) {
        CAPTURE(host);
        CHECK_FALSE(is_own_host(host, 9001));
    }
    CHECK(is_own_host("localhost", 80));
}

TEST_CASE("is_own_origin: the page that Host names") {
    CHECK(is_own_origin("http://localhost:9001", "localhost:9001"));
    for (const auto* origin : {"", "null", "https://localhost:9001", "http://localhost:9000", "http://127.0.0.1:9001",
                               "localhost:9001", "http://localhost:9001.evil.example", "http://localhost:9001/"}) {
        CAPTURE(origin);
        CHECK_FALSE(is_own_origin(origin, "localhost:9001"));
    }
}

TEST_CASE("cookies_named: all of that name, none of a longer one") {
    CHECK(cookies_named("mtg-9001=a", "mtg-9001") == Values{"a"});
    CHECK(cookies_named("x=1; mtg-9001=a; mtg-9001=b;mtg-9001=c", "mtg-9001") == Values{"a", "b", "c"});
    CHECK(cookies_named("mtg-90011=a; xmtg-9001=b; mtg-9001", "mtg-9001").empty());
    CHECK(cookies_named("mtg-9001=", "mtg-9001") == Values{""});
    CHECK(cookies_named("", "mtg-9001").empty());
    CHECK(cookies_named(";;; ; =", "mtg-9001").empty());
}
