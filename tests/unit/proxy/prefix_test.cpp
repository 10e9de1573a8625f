#include "gateway/proxy/prefix.hpp"

#include <doctest/doctest.h>

using namespace mt::gateway;

namespace {

constexpr Prefix k_foo{{}, "foo", "h:80", {}, 0, false};
constexpr Prefix k_bare{{}, "foo", "h:80", {}, 0, true};
constexpr Prefix k_deep{{}, "foo", "h:80", {}, 2, false};
constexpr Prefix k_behind{"/apps", "foo", "h:80", "www.example", 0, false};
constexpr Prefix k_whole_behind{"/apps", {}, "h:80", "www.example", 0, false};

std::string reference(std::string_view text, const Prefix& prefix) {
    std::string out;
    put_reference(out, text, prefix);
    return out;
}

struct Row {
    const Prefix& prefix;
    const char *worker, *client;
};

}  // namespace

TEST_CASE("put_reference: right behind the prefix, whoever wrote it, and never twice") {
    const Row rows[] = {
        {k_foo, "/x", "/foo/x"}, {k_foo, "/", "/foo/"}, {k_foo, "/x?y#z", "/foo/x?y#z"}, {k_foo, "/?y", "/foo/?y"}, {k_foo, "/foobar", "/foo/foobar"},
        {k_foo, "/foo", "/foo"}, {k_foo, "/foo/x", "/foo/x"}, {k_foo, "/foo?x", "/foo?x"}, {k_foo, "/foo#x", "/foo#x"},
        {k_foo, "http://h:80/x", "http://h:80/foo/x"}, {k_foo, "HTTPS://H:80/x", "HTTPS://H:80/foo/x"}, {k_foo, "//h:80/x", "//h:80/foo/x"},
        {k_foo, "http://h:80", "http://h:80/foo"}, {k_foo, "http://h:80?x", "http://h:80/foo?x"}, {k_foo, "http://h:80/foo/x", "http://h:80/foo/x"},
        {k_foo, "http://other/x", "http://other/x"}, {k_foo, "//other/x", "//other/x"}, {k_foo, "http://h/x", "http://h/x"}, {k_foo, "ftp://h:80/x", "ftp://h:80/x"},
        {k_foo, "mailto:a@b", "mailto:a@b"}, {k_foo, "", ""}, {k_foo, "?x", "?x"}, {k_foo, "#x", "#x"},
        {k_foo, "x", "x"}, {k_foo, "./x", "./x"}, {k_foo, "x/../y", "x/../y"}, {k_foo, "../x", "./x"}, {k_foo, "..", "./"}, {k_foo, "../../bar/x", "./bar/x"},
        {k_foo, "x/../../y", "x/.././y"}, {k_foo, "..//evil/x", ".//evil/x"}, {k_foo, "../a:b", "./a:b"}, {k_foo, "../x?../y", "./x?../y"},
        {k_foo, "/../bar/x", "/foo/./bar/x"}, {k_foo, "/foo/../bar", "/foo/./bar"}, {k_foo, "/x/../y", "/foo/x/../y"},
        {k_deep, "x", "x"}, {k_deep, "../x", "../x"}, {k_deep, "../../x", "../../x"}, {k_deep, "../../../x", "../.././x"},
        {k_bare, "x", "/foo/x"}, {k_bare, "../x", "/foo/./x"}, {k_bare, "?x", "?x"}, {k_bare, "/x", "/foo/x"},
        {k_behind, "/x", "/apps/foo/x"}, {k_behind, "/foo/x", "/apps/foo/x"}, {k_behind, "/apps/foo/x", "/apps/foo/x"},
        {k_behind, "http://www.example/x", "http://www.example/apps/foo/x"}, {k_behind, "http://h:80/foo/x", "http://h:80/apps/foo/x"},
        {k_whole_behind, "/x", "/apps/x"}, {k_whole_behind, "/apps/x", "/apps/x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.worker);
        CHECK(reference(row.worker, row.prefix) == row.client);
        // What has been put right is right: another pass changes nothing.
        if (!row.prefix.bare && std::string_view{row.worker}.find("..") == std::string_view::npos) CHECK(reference(row.client, row.prefix) == row.client);
    }
}

TEST_CASE("put_links: every target, nothing in parameters") {
    const auto links = [](std::string_view text) {
        std::string out;
        put_links(out, text, k_foo);
        return out;
    };
    CHECK(links("</x>; rel=next, </foo/y>; rel=\"prev\"") == "</foo/x>; rel=next, </foo/y>; rel=\"prev\"");
    CHECK(links("<http://h:80/x>;title=\"a <b> \\\" </c>\"") == "<http://h:80/foo/x>;title=\"a <b> \\\" </c>\"");
    CHECK(links("<x>") == "<x>");
    CHECK(links("</x") == "</x");
    CHECK(links("<>") == "<>");
    CHECK(links("") == "");
}

TEST_CASE("put_cookie: a tenant's cookie is its own") {
    const auto cookie = [](std::string_view text, const Prefix& prefix) {
        std::string out;
        put_cookie(out, text, prefix);
        return out;
    };
    CHECK(cookie("a=b; Path=/", k_foo) == "a=b; Path=/foo");
    CHECK(cookie("a=b;path = /x ; HttpOnly", k_foo) == "a=b;path =/foo/x; HttpOnly");
    CHECK(cookie("a=b; Path=/foo; Secure", k_foo) == "a=b; Path=/foo; Secure");
    CHECK(cookie("a=b; Path=/foo/", k_foo) == "a=b; Path=/foo/");
    CHECK(cookie("a=b; Path=/foobar", k_foo) == "a=b; Path=/foo/foobar");
    CHECK(cookie("path=/; Path=/; Path=/x", k_foo) == "path=/; Path=/foo; Path=/foo/x");
    CHECK(cookie("a=b", k_foo) == "a=b");  // the folder of what was asked for is below /foo
    CHECK(cookie("a=b", k_bare) == "a=b; Path=/foo");
    CHECK(cookie("a=b; Path=; Max-Age=1", k_bare) == "a=b; Path=; Max-Age=1; Path=/foo");
    CHECK(cookie("a=b; Path=/", k_behind) == "a=b; Path=/apps/foo");
    CHECK(cookie("a=b; Path=/foo", k_behind) == "a=b; Path=/apps/foo");
    CHECK(cookie("", k_foo) == "");
}
