#include <doctest/doctest.h>

#include "tenant-app/rest/negotiate.hpp"

using namespace mt::app::rest;

TEST_CASE("result_format: JSON unless the client wants none of it") {
    for (const auto* accept : {"", "*/*", "application/json", "application/*", "text/html, */*;q=0.1", "APPLICATION/JSON; q=0.5"}) {
        CAPTURE(std::string{accept});
        CHECK(result_format(accept, "") == ResultFormat::json);
    }
    for (const auto* accept : {"text/html", "image/png", "application/json;q=0", "application/vnd.api+json", "text/xml", ";;,,", "a"}) {
        CAPTURE(std::string{accept});
        CHECK(result_format(accept, "") == ResultFormat::not_acceptable);
    }
    CHECK(result_format("application/javascript", "") == ResultFormat::javascript);
    CHECK(result_format("text/html", "_format=json") == ResultFormat::json);
    CHECK(result_format("", "_format=bogus") == ResultFormat::not_acceptable);
}

TEST_CASE("error_format: HTML for browsers, JSON for whoever does not say") {
    CHECK(error_format("", "") == ErrorFormat::json);
    CHECK(error_format("*/*", "") == ErrorFormat::json);
    CHECK(error_format("text/html", "") == ErrorFormat::html);
    CHECK(error_format("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "") == ErrorFormat::html);
    CHECK(error_format("application/json, text/html", "") == ErrorFormat::json);
    CHECK(error_format("text/html, application/json;q=0.9", "") == ErrorFormat::html);
    CHECK(error_format("application/xml", "") == ErrorFormat::xml);
    CHECK(error_format("image/png", "") == ErrorFormat::json);
    CHECK(error_format("", "_format=html") == ErrorFormat::html);
}
