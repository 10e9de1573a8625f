#include "gateway/ui/route.hpp"

#include <doctest/doctest.h>

using namespace mt;
using namespace mt::gateway;
using Kind = UiRoute::Kind;
using Words = std::vector<std::string>;

TEST_CASE("route_ui: the page's files and the requests that it makes") {
    CHECK(route_ui("GET", "/")->target == "index.html");
    CHECK(route_ui("GET", "/page.css?x")->target == "page.css");
    CHECK(route_ui("POST", "/-/api/session")->kind == Kind::sign_in);
    CHECK(route_ui("DELETE", "/-/api/session")->kind == Kind::sign_out);
    CHECK(route_ui("GET", "/-/api/tenants?limit=50&search=foo")->target == "/tenants?limit=50&search=foo");
    CHECK(route_ui("GET", "/-/api/tenants")->target == "/tenants?limit=50");  // never all of them
    CHECK(route_ui("GET", "/-/api/tenants?offset=5")->target == "/tenants?limit=50");
    CHECK(route_ui("GET", "/-/api/events?follow=1")->kind == Kind::stream);
    CHECK(route_ui("GET", "/-/api/tenants/foo/log?follow=1")->target == "/tenants/foo/log?follow=1");
    CHECK(route_ui("GET", "/-/api/tenants/foo/inspect")->target == "/tenants/foo/inspect");
    CHECK(route_ui("GET", "/-/api/tenants/foo/why")->words == Words{"why", "foo"});
    CHECK(route_ui("GET", "/-/api/tenants/foo/settings")->words == Words{"config", "show", "foo"});
    CHECK(route_ui("GET", "/-/api/tenants/foo/files")->kind == Kind::files);
    const auto stop = route_ui("POST", "/-/api/tenants/foo/stop");
    CHECK(stop->kind == Kind::act);
    CHECK(stop->words == Words{"stop", "foo"});
}

TEST_CASE("route_ui: what is not listed does not exist") {
    const std::pair<const char*, const char*> rows[] = {
        {"POST", "/"}, {"GET", "*"}, {"GET", "http://localhost:9001/"}, {"GET", "/-/api/"}, {"GET", "/-/api/stop"},
        {"POST", "/-/api/stop"}, {"GET", "/-/api/session"}, {"POST", "/-/api/tenants"}, {"POST", "/-/api/gateway"},
        {"GET", "/-/api/tenants/foo"}, {"GET", "/-/api/tenants/foo/stop"}, {"POST", "/-/api/tenants/foo/why"},
        {"POST", "/-/api/tenants/foo/remove"}, {"POST", "/-/api/tenants/foo/withdraw"}, 
        {"GET", "/-/api/tenants/../log"},
        {"GET", "/-/api/tenants/-x/log"}, {"GET", "/-/api/tenants/FOO/log"}, {"GET", "/-/api/tenants//log"},
        {"DELETE", "/-/api/tenants/foo/stop"}, {"PUT", "/-/api/session"}};
    for (const auto& [method, target] : rows) {
        CAPTURE(method);
        CAPTURE(target);
        const auto route = route_ui(method, target);
        CHECK_FALSE(route.ok());
        if (!route.ok()) CHECK(route.error().code() == Errc::not_found);
    }
}

TEST_CASE("route_ui: a query that is not plain goes nowhere") {
    for (const auto* query : {"?limit=5%20", "?limit=5 x", "?timeout_ms=1", "?search=A", "?a/b", "?x", "?limit=1&&"}) {
        CAPTURE(query);
        const auto route = route_ui("GET", std::string{"/-/api/tenants"} + query);
        CHECK_FALSE(route.ok());
        if (!route.ok()) CHECK(route.error().code() == Errc::bad_request);
    }
    CHECK_FALSE(route_ui("GET", "/-/api/tenants?search=" + std::string(65, 'a')).ok());
}

TEST_CASE("suspension_words: values stay values, whatever they look like") {
    const auto foo = *TenantId::parse("foo");
    CHECK(*suspension_words(foo, "") == Words{"suspend", "foo"});
    CHECK(*suspension_words(foo, R"({"reason":"","until":""})") == Words{"suspend", "foo"});
    CHECK(*suspension_words(foo, R"({"reason":"--all","until":"2h"})") ==
          Words{"suspend", "foo", "--reason=--all", "--until=2h"});
    for (const auto* body : {"x", "[]", "1", R"({"reason":1})", R"({"all":"yes"})", R"({"reason":"a\u0000b"})"}) {
        CAPTURE(body);
        const auto words = suspension_words(foo, body);
        CHECK_FALSE(words.ok());
        if (!words.ok()) CHECK(words.error().code() == Errc::bad_request);
    }
}
