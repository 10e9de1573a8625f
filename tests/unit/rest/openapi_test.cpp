#include "tenant-app/rest/openapi.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/environment.hpp"

using namespace mt::app::rest;
using nlohmann::json;

namespace {

json from(const std::string& swagger) { return json::parse(to_openapi(swagger)); }

std::string recorded() {
    std::ifstream file{mt::test::told_by_ctest("MT_SOURCE") + "/tests/conformance/swagger.json"};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Every "$ref" of the document.
void collect(const json& value, std::vector<std::string>& out) {
    if (!value.is_structured()) return;
    for (const auto& [key, member] : value.items()) {
        if (key == "$ref" && member.is_string()) out.push_back(member.get<std::string>());
        collect(member, out);
    }
}

}  // namespace

TEST_CASE("to_openapi: keeps every path and verb, and every reference leads somewhere") {
    const auto old = json::parse(recorded());
    const auto now = from(recorded());
    CHECK(now["openapi"] == "3.0.3");
    CHECK(now["servers"][0]["url"] == "/api");
    REQUIRE(now["paths"].size() == old["paths"].size());
    for (const auto& [path, verbs] : old["paths"].items()) {
        REQUIRE(now["paths"].contains(path));
        for (const auto& verb : verbs.items()) CHECK(now["paths"][path][verb.key()]["operationId"] ==
            verb.value()["operationId"]);
    }
    std::vector<std::string> references;
    collect(now, references);
    CHECK(references.size() > 100);
    for (const auto& reference : references) {
        CAPTURE(reference);
        CHECK(now.contains(json::json_pointer{reference.substr(1)}));
    }
}

TEST_CASE("to_openapi: bodies, parameters and answers take their new form") {
    const auto now = from(recorded());
    const auto& post = now["paths"]["/Customers"]["post"];
    CHECK(post["requestBody"]["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/new_Customer");
    CHECK(post["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/Customer");
    const auto& filter = now["paths"]["/Customers"]["get"]["parameters"][0];
    CHECK(filter["name"] == "filter");
    CHECK(filter["schema"]["type"] == "string");
    CHECK_FALSE(filter.contains("type"));
    const auto& stream = now["paths"]["/Customers/change-stream"]["get"]["responses"]["200"];
    CHECK(stream["content"].contains("text/event-stream"));
}

TEST_CASE("to_openapi: what is no description is an empty object") {
    CHECK(to_openapi("") == "{}");
    CHECK(to_openapi("[1]") == "{}");
}
