#include <doctest/doctest.h>

#include "tenant-app/query/parse_filter.hpp"

namespace mt::app {

TEST_CASE("parse_argument: reads JSON and the notation of qs") {
    struct Row { const char* query; const char* value; };
    for (const auto& [query, value] : {
             Row{"", "null"}, Row{"filter=", "null"}, Row{"filter=null", "null"}, Row{"x=1", "null"}, Row{"filter=%7B%22limit%22%3A2%7D", "{\"limit\":2}"},
             Row{"filter[where][name]=Bob", "{\"where\":{\"name\":\"Bob\"}}"}, Row{"filter[a]=Heidi+100%", "{\"a\":\"Heidi 100%\"}"},
             Row{"filter[a][inq]=x&filter[a][inq]=y", "{\"a\":{\"inq\":[\"x\",\"y\"]}}"}, Row{"filter[a][]=x", "{\"a\":[\"x\"]}"},
             Row{"filter[a][1]=y&filter[a][0]=x", "{\"a\":[\"x\",\"y\"]}"}, Row{"filter[a][21]=x", "{\"a\":{\"21\":\"x\"}}"},
             Row{"filter[or][][n]=B&filter[or][][n]=C", "{\"or\":[{\"n\":[\"B\",\"C\"]}]}"}, Row{"filter[where", "null"},
             Row{"filter[__proto__][x]=1", "{}"}, Row{"filter%5Ba%5D=1", "{\"a\":\"1\"}"},
             Row{"filter[a]=x&filter[a][y]=1", "{\"a\":[\"x\",{\"y\":\"1\"}]}"},
             Row{"filter[a][b][c][d][e][f]=1", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"[f]\":\"1\"}}}}}}"}}) {
        CAPTURE(query);
        const auto argument = parse_argument(query, "filter");
        REQUIRE(argument.ok());
        CHECK(*argument == json::parse(value));
    }
    for (const char* query : {"filter={bad", "filter=5", "filter=[]", "filter=true", "filter=%", "filter[]=1", "filter=\xFF"}) {
        CAPTURE(query);
        const auto argument = parse_argument(query, "filter");
        REQUIRE_FALSE(argument.ok());
        CHECK(argument.error().message() == "Value is not an object.");
    }
}

TEST_CASE("parse_argument: any number of parameters is read in bounds") {
    std::string query;
    for (int i = 0; i < 100'000; ++i) query += "filter[a][" + std::to_string(i) + "]=1&";
    CHECK(parse_argument(query, "filter").ok());
    CHECK(parse_argument("filter" + std::string(100'000, '['), "filter").ok());
}

}  // namespace mt::app
