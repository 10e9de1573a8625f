#include "gateway/supervisor/control_list.hpp"

#include <doctest/doctest.h>

using namespace mt;
using namespace mt::gateway;
using Indices = std::vector<std::size_t>;

namespace {

// Sorted by id, as the supervisor has them.
const std::vector<ListRow> k_rows{
    {"bar", "idle", 0, std::nullopt, 0, 0, 0},
    {"foo", "ready", 12.5, 3.5, 2, 500, 1},
    {"food", "ready", 40, 1.5, 0, 900, 0},
    {"zoo", "failed", 0, std::nullopt, 7, 0, 0},
};

ListQuery query(const std::map<std::string, std::string>& parameters) {
    const auto parsed = ListQuery::parse(parameters);
    REQUIRE(parsed.ok());
    return *parsed;
}

}  // namespace

TEST_CASE("page_of: searches, filters and cuts, and says how many there are") {
    CHECK(page_of(k_rows, query({})).rows == Indices{0, 1, 2, 3});
    CHECK(page_of(k_rows, query({{"search", "oo"}})).rows == Indices{1, 2, 3});
    CHECK(page_of(k_rows, query({{"search", "foo"}, {"state", "ready"}})).matching == 2);
    CHECK(page_of(k_rows, query({{"id", "foo"}})).rows == Indices{1});
    const auto second = page_of(k_rows, query({{"offset", "3"}, {"limit", "2"}}));
    CHECK(second.rows == Indices{3});
    CHECK(second.matching == 4);
    CHECK(page_of(k_rows, query({{"offset", "100"}})).rows.empty());
    CHECK(page_of({}, query({})).matching == 0);
}

TEST_CASE("page_of: sorts by each column, equal ones by id") {
    const std::pair<const char*, Indices> rows[] = {
        {"name", {3, 2, 1, 0}}, {"state", {1, 2, 0, 3}}, {"requests", {2, 1, 0, 3}}, {"p95", {1, 2, 0, 3}},
        {"errors", {3, 1, 0, 2}}, {"memory", {2, 1, 0, 3}}, {"restarts", {1, 0, 2, 3}}};
    for (const auto& [column, wanted] : rows) {
        CAPTURE(column);
        CHECK(page_of(k_rows, query({{"sort", column}, {"order", "desc"}})).rows == wanted);
    }
    CHECK(page_of(k_rows, query({{"sort", "errors"}})).rows == Indices{0, 2, 1, 3});
}

TEST_CASE("ListQuery: refuses what cannot be asked") {
    const std::pair<const char*, const char*> rows[] = {
        {"limit", "201"}, {"limit", "-1"}, {"limit", ""}, {"offset", "1x"}, {"sort", "colour"}};
    for (const auto& [key, value] : rows) {
        CAPTURE(key);
        CAPTURE(value);
        const auto parsed = ListQuery::parse({{key, value}});
        CHECK_FALSE(parsed.ok());
        if (!parsed.ok()) CHECK(parsed.error().code() == Errc::usage);
    }
}
