#include "mtm/gathered_rows.hpp"

#include <doctest/doctest.h>

namespace mt::mtm {

TEST_CASE("gathered rows: columns come together by name, whatever the case") {
    GatheredRows rows;
    REQUIRE(rows.add("a", "{\"columns\":[\"name\",\"n\"]}\n[\"x\",1]\n{\"rows\":1}\n").ok());
    REQUIRE(rows.add("b", "{\"columns\":[\"N\",\"extra\",\"Tenant\"]}\n[2,null,\"me\"]\n{\"rows\":1}\n").ok());
    CHECK(rows.columns() == std::vector<std::string>{"tenant", "name", "n", "extra", "tenant_2"});
    const auto document = rows.document();
    CHECK(document["rows"][0].dump() == R"({"extra":null,"n":1,"name":"x","tenant":"a","tenant_2":null})");
    CHECK(document["rows"][1].dump() == R"({"extra":null,"n":2,"name":null,"tenant":"b","tenant_2":"me"})");
    CHECK(rows.to_reduce("q") == "{\"columns\":[\"tenant\",\"name\",\"n\",\"extra\",\"tenant_2\"],\"sql\":\"q\"}\n"
                                 "[\"a\",\"x\",1,null,null]\n[\"b\",null,2,null,\"me\"]\n");
}

TEST_CASE("gathered rows: an answer that is cut off is none") {
    for (const auto* text : {"", "{", "{\"columns\":[\"n\"]}\n", "{\"columns\":[\"n\"]}\n[1]\n", "[1]\n",
                             "{\"columns\":[\"n\"]}\n[1]\n{\"rows\":1}"}) {
        CAPTURE(text);
        GatheredRows rows;
        CHECK_FALSE(rows.add("a", text).ok());
        CHECK(rows.document()["rows"].empty());
    }
}

TEST_CASE("gathered rows: CSV as RFC 4180 has it") {
    GatheredRows rows{false};
    REQUIRE(rows.add("", "{\"columns\":[\"a\",\"b,c\"]}\n[null,\"x\\\"y\"]\n[\"\",true]\n{\"rows\":2}\n").ok());
    CHECK(rows_as_csv(rows.document()) == "a,\"b,c\"\r\n,\"x\"\"y\"\r\n\"\",true\r\n");
}

TEST_CASE("gathered rows: a name or a value does not steer the terminal") {
    GatheredRows rows{false};
    REQUIRE(rows.add("", "{\"columns\":[\"a/b\\u001b[2J\"]}\n[\"\\u001b[2J\"]\n{\"rows\":1}\n").ok());
    const auto table = rows_as_table(rows.document(), false, 0);
    CHECK(table.find('\x1b') == std::string::npos);
    CHECK(table.find("a/b") != std::string::npos);
}

}  // namespace mt::mtm
