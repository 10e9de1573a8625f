#include <doctest/doctest.h>

#include "tenant-app/rest/url.hpp"

using namespace mt::app::rest;

TEST_CASE("below_mount: matches as express mounts a router") {
    struct Row {
        std::string_view path, mount;
        std::optional<std::string_view> rest;
    };
    const Row rows[] = {{"/api", "/api", "/"},
                        {"/api/", "/api", "/"},
                        {"/API/Customers", "/api", "/Customers"},
                        {"/api//Customers", "/api", "/Customers"},
                        {"/api///Customers", "/api", "//Customers"},
                        {"/apis", "/api", std::nullopt},
                        {"/ap", "/api", std::nullopt},
                        {"/Customers", "", "/Customers"}};
    for (const auto& row : rows) {
        CAPTURE(std::string{row.path});
        const auto rest = below_mount(row.path, row.mount);
        REQUIRE(rest.has_value() == row.rest.has_value());
        if (rest) CHECK(*rest == *row.rest);
    }
}

TEST_CASE("decode_component: is decodeURIComponent") {
    CHECK(*decode_component("a%20b%2Fc") == "a b/c");
    CHECK(*decode_component("%E2%98%83") == "\xE2\x98\x83");
    CHECK(*decode_component("a+b") == "a+b");
    for (const auto* broken : {"%", "%z1", "%4", "%ff", "%C0%80", "%ED%A0%80", "%E2%98"}) {
        CAPTURE(std::string{broken});
        CHECK_FALSE(decode_component(broken).has_value());
    }
}

TEST_CASE("query_value: finds the first value of exactly that name") {
    CHECK(*query_value("a=1&callback=x%2Ey&callback=z", "callback") == "x.y");
    CHECK(*query_value("b", "b") == "");
    CHECK_FALSE(query_value("ab=1", "a").has_value());
}
