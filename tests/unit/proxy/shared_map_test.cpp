#include "gateway/proxy/shared_map.hpp"

#include <doctest/doctest.h>

using mt::gateway::SharedMap;

namespace {

SharedMap<int> numbers(int count) {
    SharedMap<int> map;
    for (int i = 0; i < count; ++i) map.set("t" + std::to_string(i), i);
    return map;
}

}  // namespace

TEST_CASE("SharedMap: every name is found with its value, and no other one") {
    const auto map = numbers(5000);
    CHECK(map.size() == 5000);
    for (int i = 0; i < 5000; ++i) {
        CAPTURE(i);
        const auto found = map.find("t" + std::to_string(i));
        REQUIRE(found != map.end());
        CHECK(found->first == "t" + std::to_string(i));
        CHECK(found->second == i);
        CHECK_FALSE(map.contains("u" + std::to_string(i)));
    }
    CHECK(SharedMap<int>{}.find("t1") == nullptr);
}

TEST_CASE("SharedMap: a name is set anew and erased") {
    auto map = numbers(600);
    map.set("t7", 70);
    CHECK(map.size() == 600);
    CHECK(map.find("t7")->second == 70);
    CHECK(map.erase("t7"));
    CHECK_FALSE(map.erase("t7"));
    CHECK_FALSE(map.contains("t7"));
    CHECK(map.size() == 599);
    for (int i = 0; i < 600; ++i) map.erase("t" + std::to_string(i));
    CHECK(map.empty());
    CHECK_FALSE(map.erase("t1"));
}

TEST_CASE("SharedMap: a copy stays as it was, and shares the rows that did not change") {
    auto map = numbers(3000);
    const auto before = map;
    const auto* row = before.find("t1");
    map.set("t1", -1);
    map.erase("t2");
    map.set("new", 1);
    CHECK(before.find("t1") == row);
    CHECK(row->second == 1);
    CHECK(before.contains("t2"));
    CHECK_FALSE(before.contains("new"));
    CHECK(before.size() == 3000);
    CHECK(map.find("t1")->second == -1);
    int shared = 0;
    for (int i = 0; i < 3000; ++i)
        if (const auto name = "t" + std::to_string(i); map.find(name) == before.find(name)) ++shared;
    CHECK(shared == 2998);
}
