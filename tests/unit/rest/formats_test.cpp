#include <doctest/doctest.h>

#include "tenant-app/rest/compress.hpp"
#include "tenant-app/rest/negotiate.hpp"
#include "tenant-app/rest/xml.hpp"

// The forms that a result takes on its way out: XML and gzip.
using namespace mt::app::rest;

TEST_CASE("to_xml: nests objects, repeats list items, spells dates out") {
    CHECK(to_xml(R"({"name":"A & <b>","tags":["a","b"],"at":"2020-01-15T10:00:00.000Z","none":null,"in":{"x":1.5},"1 b":true})") ==
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>\n  <name>A &amp; &lt;b&gt;</name>\n  <tags>a</tags>\n  <tags>b</tags>\n"
          "  <at>Wed Jan 15 2020 10:00:00 GMT+0000 (Coordinated Universal Time)</at>\n  <none/>\n  <in>\n    <x>1.5</x>\n  </in>\n"
          "  <__b>true</__b>\n</response>");
    CHECK(to_xml("[]") == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>\n</response>");
    CHECK(to_xml("{bad").empty());
}

TEST_CASE("result_format: XML is for those who say so in the query, or in Accept where it is on") {
    CHECK(result_format("", "_format=xml") == ResultFormat::xml);
    CHECK(result_format("text/xml", "") == ResultFormat::not_acceptable);
    CHECK(result_format("text/xml", "", true) == ResultFormat::xml);
    CHECK(result_format("*/*", "", true) == ResultFormat::json);
    CHECK(result_format("text/html, */*;q=0.1", "", true) == ResultFormat::json);
}

TEST_CASE("takes_gzip: by name or star, not with quality 0") {
    for (const char* yes : {"gzip", "deflate, GZIP", "*", "gzip;q=0.5", "br;q=1.0, gzip;q=0.8"}) CHECK(takes_gzip(yes));
    for (const char* no : {"", "deflate", "gzip;q=0", "gzip; q=0.000", "identity",
        "xgzip"}) CHECK_FALSE(takes_gzip(no));
}
