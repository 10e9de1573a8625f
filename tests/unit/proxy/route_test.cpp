#include <doctest/doctest.h>

#include <string>

#include "gateway/proxy/route.hpp"

using namespace std::string_literals;
using mt::gateway::route;
using Kind = mt::gateway::Route::Kind;

TEST_CASE("route: the raw first segment names the tenant, the rest goes on byte for byte") {
    struct Row {
        const char *target, *id, *rest, *authority;
    };
    const Row rows[] = {
        {"/foo", "foo", "", ""}, {"/foo/", "foo", "", ""}, {"/foo?x=1", "foo", "?x=1", ""}, {"/foo/?x", "foo", "?x", ""},
        {"/foo/api/Customers", "foo", "api/Customers", ""}, {"/foo//x", "foo", "/x", ""}, {"/foo/a%2fb", "foo", "a%2fb", ""},
        {"/foo/a%20b?c=%2e%2e/../", "foo", "a%20b?c=%2e%2e/../", ""}, {"/foo?../..", "foo", "?../..", ""}, {"/0", "0", "", ""},
        {"/foo/a.b", "foo", "a.b", ""}, {"/foo/...", "foo", "...", ""}, {"/foo/..a", "foo", "..a", ""}, {"/foo/a..", "foo", "a..", ""},
        {"/foo/.hidden", "foo", ".hidden", ""}, {"/foo/a;b", "foo", "a;b", ""}, {"/foo/%", "foo", "%", ""}, {"/foo/%zz", "foo", "%zz", ""},
        {"http://a:1/foo/b?c", "foo", "b?c", "a:1"}, {"HTTPS://a/foo", "foo", "", "a"}, {"/foo/http://a", "foo", "http://a", ""},
        {"/foo/a%252e%252e", "foo", "a%252e%252e", ""}, {"/foo/%252e%252e/", "foo", "%252e%252e/", ""}, {"/foo/x/a%5cb", "foo", "x/a%5cb", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        const auto found = route(row.target);
        CHECK(found.kind == Kind::tenant);
        CHECK(found.id == row.id);
        CHECK(found.rest == row.rest);
        CHECK(found.authority == row.authority);
    }
    CHECK(route("/" + std::string(63, 'a')).kind == Kind::tenant);
}

TEST_CASE("route: refuses what another reader could resolve elsewhere") {
    const std::string rows[] = {
        "/foo/../bar", "/foo/..", "/../foo", "/./foo", "/foo/.", "/foo/./a", "/foo/%2e%2e/bar", "/foo/%2E%2e/bar", "/foo/.%2e/bar", "/foo/%2e/bar",
        "/foo/..%2fbar", "/foo/..%2Fbar", "/foo/%2e%2e%2fbar", "/foo/..\\bar", "/foo/..%5cbar", "/foo/a%2f..%2fb", "/foo/a\\..", "/foo/a%5c..",
        "/foo/..;/bar", "/foo/..;x=y/bar", "/foo/.;/bar", "/foo/..%3b/bar", "/foo/..%00/bar", "/foo/..%09", "/foo/..%0a/x", "/foo/..%7f/x", "/..",
        "/.", "/%2e", "/%2e%2e/foo", "/foo%2f..%2fbar", "/foo/..?x", "/-/../foo", "/-/explorer/../x", "/-/explorer/..%2fx", "http://a/../foo",
        "/foo%2fbar", "/foo%2Fbar", "/foo\\bar", "/foo%5cbar", "/foo%5Cbar", "/foo%00", "/foo%00/x", "/%2ffoo", "/%5cfoo", "/\\foo", "/foo/%2fbar",
        "/foo/%5cbar", "/foo/\\bar", "/foo/%00", "/foo\t/x", "/foo/\x01", "/foo/a\x7f", "/foo/ x", "/fo\0o"s, "foo",
    };
    for (const auto& row : rows) {
        CAPTURE(row);
        const auto found = route(row);
        CHECK(found.kind == Kind::refused);
        CHECK(found.why[0] != '\0');
    }
}

TEST_CASE("route: what is no tenant") {
    const std::pair<std::string, Kind> rows[] = {
        {"/", Kind::welcome}, {"/?x", Kind::welcome}, {"http://a", Kind::welcome}, {"http://a/", Kind::welcome}, {"http://a?x", Kind::welcome},
        {"*", Kind::server}, {"/-/health", Kind::system}, {"/-/", Kind::system}, {"/-", Kind::unknown}, {"/-x/", Kind::unknown},
        {"/Foo", Kind::unknown}, {"/FOO/x", Kind::unknown}, {"/fo_o", Kind::unknown}, {"/fo-o", Kind::unknown}, {"/f%6fo", Kind::unknown},
        {"//foo", Kind::unknown}, {"///", Kind::unknown}, {"/foo.", Kind::unknown}, {"/foo;x", Kind::unknown}, {"/.foo", Kind::unknown},
        {"/" + std::string(64, 'a'), Kind::unknown}, {"/favicon.ico", Kind::unknown}, {"/foo%20", Kind::unknown}, {"/~foo", Kind::unknown},
    };
    for (const auto& [target, kind] : rows) {
        CAPTURE(target);
        CHECK(route(target).kind == kind);
    }
    CHECK(route("/-/explorer/a.js?x").rest == "explorer/a.js?x");
}
