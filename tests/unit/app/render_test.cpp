#include "tenant-app/data/sql/render.hpp"

#include <doctest/doctest.h>

#include "tenant-app/query/parse_filter.hpp"
#include "tests/unit/app/make_registry.hpp"

namespace mt::app {

TEST_CASE("append_where: nothing that a client sends becomes part of the text") {
    TenantFolder folder;
    folder.write_shop("memory");
    const auto registry = folder.load();
    REQUIRE(registry.ok());
    const auto& model = *registry->find("Customer");
    constexpr auto k_attack = "x\"'; DROP TABLE Customer; --";
    for (const json& where : {json{{"name", k_attack}}, json{{k_attack, 1}}, json{{std::string{"address."} + k_attack, k_attack}},
                              json{{"name", {{"inq", {k_attack}}}}}, json{{"name", {{"regexp", k_attack}}}}, json{{"name", {{k_attack, 1}}}},
                              json{{"or", {{{"age", k_attack}}, {{"name", {{"like", k_attack}}}}}}}}) {
        CAPTURE(where.dump());
        const auto parsed = parse_where(*registry, model, where);
        if (!parsed.ok()) continue;
        sql::Statement statement;
        sql::append_where(statement, model, *parsed, true);
        CHECK(statement.text.find("DROP") == std::string::npos);
    }
    const auto filter = parse_filter(*registry, model, {{"order", std::string{"address."} + "c\"; DROP"}});
    CHECK_FALSE(filter.ok());
    CHECK(sql::quote("a\"b") == "\"a\"\"b\"");
}

}  // namespace mt::app
