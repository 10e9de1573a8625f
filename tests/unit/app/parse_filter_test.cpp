#include "tenant-app/query/parse_filter.hpp"

#include <doctest/doctest.h>

#include "tests/unit/app/make_registry.hpp"

namespace mt::app {

namespace {
struct Shop {
    Shop() {
        folder.write_shop("memory");
        auto loaded = folder.load();
        REQUIRE(loaded.ok());
        registry = *std::move(loaded);
        customer = registry.find("Customer");
    }
    Result<Filter> parse(const char* text) const { return parse_filter(registry, *customer, json::parse(text)); }
    TenantFolder folder;
    Registry registry;
    const Model* customer = nullptr;
};
}  // namespace

TEST_CASE_FIXTURE(Shop, "parse_filter: refuses in LoopBack's words") {
    struct Row { const char* filter; const char* message; };
    for (const auto& [filter, message] : {
             Row{"[]", "Value is not an object."}, Row{R"({"where":[]})", "The where clause [] is not an object"},
             Row{R"({"where":5})", "The where clause 5 is not an object"},
             Row{R"({"where":{"age":{"between":5}}})", "The age property has invalid clause {\"between\":5}: Error: Value is not an array or object with sequential numeric indices"},
             Row{R"({"where":{"age":{"between":[1]}}})", "The age property has invalid clause {\"between\":[1]}: Expected precisely 2 values, received 1"},
             Row{R"({"where":{"or":"x"}})", "The or operator has invalid clauses \"x\": Value is not an array or object with sequential numeric indices"},
             Row{R"({"where":{"name":{"regexp":5}}})", "Invalid argument, must be a string, regex literal, or RegExp object"},
             Row{R"({"where":{"name":{"$gt":"A"}}})", "Operators \"$gt\" are not allowed in query"},
             Row{R"({"limit":-1})", "The limit parameter -1 is not valid"}, Row{R"({"limit":"x"})", "The limit parameter \"x\" is not valid"},
             Row{R"({"limit":1.5})", "The limit parameter 1.5 is not valid"}, Row{R"({"skip":"x"})", "The offset/skip parameter \"x\" is not valid"},
             Row{R"({"order":"name BOGUS"})", "The order \"name BOGUS\" has invalid direction"}, Row{R"({"order":{}})", "The order {} is not valid"},
             Row{R"({"include":"unknown"})", "Relation \"unknown\" is not defined for Customer model"},
             Row{R"({"include":{"orders":"unknown"}})", "Relation \"unknown\" is not defined for Order model"}}) {
        CAPTURE(filter);
        const auto parsed = parse(filter);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error().code() == Errc::bad_request);
        CHECK(parsed.error().message() == message);
    }
    CHECK(parse(R"({"where":{"name":{"$gt":"A"}}})").error().label() == "OPERATOR_NOT_ALLOWED_IN_QUERY");
    CHECK(parse(R"({"where":{"name":{"$gt":"A"}}})").error().details() == R"({"operators":["$gt"],"where":{"name":{"$gt":"A"}}})");
}

TEST_CASE_FIXTURE(Shop, "parse_filter: limits, skips and falsy values") {
    CHECK_FALSE(parse(R"({"limit":0})")->limit);
    CHECK_FALSE(parse(R"({"limit":null,"skip":0})")->limit);
    CHECK(parse(R"({"limit":"2"})")->limit == 2u);
    CHECK(parse(R"({"skip":1,"offset":5})")->skip == 1u);
    CHECK(parse(R"({"skip":1})")->limit == 100u);
    CHECK(parse(R"({"limit":1e300})")->limit == 9'000'000'000'000'000u);
    for (const char* falsy : {"null", "false", "\"\"", "0", "{}"}) {
        CAPTURE(falsy);
        CHECK(parse((std::string{"{\"where\":"} + falsy + "}").c_str())->where.always());
    }
}

TEST_CASE_FIXTURE(Shop, "parse_filter: nested includes carry their scopes, and the key of the rows stays selected") {
    const auto filter = parse(R"({"include":[{"relation":"orders","scope":{"fields":["description"],"include":"customer"}},"orders"]})");
    REQUIRE(filter.ok());
    REQUIRE(filter->include.size() == 1);
    const auto& scope = filter->include[0].scope;
    const auto& order = *registry.find("Order");
    CHECK((*scope.fields)[*order.find_property("customerId")]);
    CHECK_FALSE((*scope.fields)[*order.find_property("id")]);
    REQUIRE(scope.include.size() == 1);
    CHECK(scope.include[0].relation->target == customer);
}

TEST_CASE_FIXTURE(Shop, "parse_filter: everything is bounded") {
    std::string deep = "{}";
    for (int i = 0; i < 30; ++i) deep = R"({"and":[)" + deep + "]}";
    CHECK_FALSE(parse((R"({"where":)" + deep + "}").c_str()).ok());
    std::string wide = R"({"where":{"or":[{"age":1})";
    for (int i = 0; i < 1'100; ++i) wide += R"(,{"age":1})";
    CHECK_FALSE(parse((wide + "]}}").c_str()).ok());
    json many = json::array();
    for (int i = 0; i < 5'001; ++i) many.push_back(i);
    CHECK_FALSE(parse_filter(registry, *customer, {{"where", {{"age", {{"inq", many}}}}}}).ok());
}

TEST_CASE_FIXTURE(Shop, "parse_where: a bare argument must be an object") {
    CHECK(parse_where(registry, *customer, json{}).ok());
    CHECK(parse_where(registry, *customer, json::array()).error().message() == "Value is not an object.");
}

}  // namespace mt::app
