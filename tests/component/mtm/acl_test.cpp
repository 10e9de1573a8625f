#include <doctest/doctest.h>

#include "mtm_fixture.hpp"

using nlohmann::json;

namespace {

/// A tenant whose Customers only their owner, admins and, for reading, those who are logged in may touch.
void make_tenant(const Installation& mtg) {
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    REQUIRE(mtg.mtm({"model", "foo:Customer", "name:string", "userId:number"}).code == 0);
    auto model = json::parse(mtg.read("foo/models/Customer.json"));
    model["acls"] = {{{"principalType", "ROLE"}, {"principalId", "$everyone"}, {"permission", "DENY"}},
                     {{"principalType", "ROLE"}, {"principalId", "$owner"}, {"permission", "ALLOW"}},
                     {{"principalType", "ROLE"},
                      {"principalId", "$everyone"},
                      {"accessType", "READ"},
                      {"property", "find"},
                      {"permission", "ALLOW"}}};
    mtg.write("foo/models/Customer.json", model.dump());
}

}  // namespace

TEST_CASE("mtm acl explain: says who decided, and shows all rules about the request, without a gateway") {
    const Installation mtg;
    make_tenant(mtg);
    const auto denied = mtg.mtm({"acl", "explain", "foo", "GET", "/Customers/1"});
    CHECK(denied.code == 0);
    CHECK(
        denied.out.find(
            "denied   Customer.findById (READ) for somebody not logged in\n  by     DENY * on * for ROLE $everyone (model Customer)\n") ==
        0);
    CHECK(denied.out.find("  no     ALLOW * on * for ROLE $owner") != std::string::npos);

    const auto data = mtg.mtm({"acl", "explain", "foo", "GET", "/api/Customers", "--json"}).document()["data"];
    CHECK(data["id"] == "foo");
    CHECK(data["method"] == "Customer.find");
    CHECK(data["accessType"] == "READ");
    CHECK(data["allowed"] == true);
    CHECK(data["rules"].size() == 3);
    CHECK(data["rules"][0]["applies"] == true);
    CHECK(data["rules"][0]["rule"] == "ALLOW READ on find for ROLE $everyone");
}

TEST_CASE("mtm acl explain: what it cannot explain") {
    const Installation mtg;
    make_tenant(mtg);
    struct Row {
        std::vector<std::string> words;
        const char* name;
    };
    for (const auto& row : std::vector<Row>{{{"foo", "GET"}, "usage"},
                                            {{"foo", "LOOK", "/Customers"}, "usage"},
                                            {{"foo", "GET", "/Nothing"}, "not_found"},
                                            {{"foo", "POST", "/Customers/1/nothing"}, "not_found"},
                                            {{"foo", "GET", "/Customers", "--as", "nobody"}, "not_found"},
                                            {{"fo", "GET", "/Customers"}, "no_such_tenant"},
                                            {{"../x", "GET", "/Customers"}, "invalid_name"}}) {
        std::vector<std::string> words{"acl", "explain"};
        words.insert(words.end(), row.words.begin(), row.words.end());
        words.push_back("--json");
        const auto ran = mtg.mtm(words);
        CAPTURE(ran.out);
        CHECK(ran.document()["error"]["code"] == row.name);
        CHECK(ran.code > 0);
    }
}
