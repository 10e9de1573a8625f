#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "mtm_fixture.hpp"

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

namespace {

/// Runs it with and without --json: the exit code, a message, a document with the code; and nothing changed on disk.
void refused(const Installation& mtg, Words arguments, int code, const char* name) {
    const auto before = mtg.tree();
    const auto plain = mtg.mtm(arguments);
    CHECK(plain.code == code);
    CHECK(plain.out.empty());
    CHECK(plain.err.find("error: ") == 0);
    arguments.push_back("--json");
    const auto ran = mtg.mtm(arguments);
    CHECK(ran.code == code);
    CHECK(ran.err.empty());
    const auto document = ran.document();
    REQUIRE(document.is_object());
    CHECK(document["ok"] == false);
    CHECK(document["error"]["code"] == name);
    CHECK_FALSE(document["error"]["message"].get<std::string>().empty());
    CHECK(mtg.tree() == before);
}

}  // namespace

TEST_CASE("bad input: what is no tenant id") {
    const Installation mtg;
    for (const auto& id : Words{"", ".", "..", "../x", "a/b", "a_b", "a-b", "a b", "constructor_", "__proto__", "ümlaut", "a\nb", "%41",
                                ".staging", std::string(64, 'a'), std::string(5000, 'a')}) {
        CAPTURE(id);
        for (const auto* verb : {"add", "remove", "start", "stop", "restart", "status", "check", "logs", "url", "undelete", "purge"}) {
            CAPTURE(verb);
            const auto ran = mtg.mtm({verb, id, "--json"});
            CHECK(ran.code == 2);
            CHECK(ran.document()["error"]["code"] == "invalid_name");
        }
        CHECK(mtg.mtm({"model", id + ":Customer"}).code == 2);
    }
    CHECK_FALSE(fs::exists(mtg.tenants()));
}

TEST_CASE("bad input: tenants and models that exist, or do not") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    REQUIRE(mtg.mtm({"model", "foo:Customer"}).code == 0);
    struct Row {
        Words arguments;
        int code;
        const char* name;
    };
    for (const auto& row : std::vector<Row>{{{"add", "foo"}, 5, "conflict"},
                                            {{"add", "FOO"}, 5, "conflict"},
                                            {{"model", "foo:Customer"}, 5, "conflict"},
                                            {{"model", "foo:customer"}, 5, "conflict"},
                                            {{"model", "foo:User"}, 5, "conflict"},
                                            {{"model", "fo:Customer"}, 4, "no_such_tenant"},
                                            {{"model", "list", "fo"}, 4, "no_such_tenant"},
                                            {{"model", "show", "foo:X"}, 4, "not_found"},
                                            {{"remove", "fo"}, 4, "no_such_tenant"},
                                            {{"remove", "foo", "fo"}, 4, "no_such_tenant"},
                                            {{"remove", "z*"}, 4, "no_such_tenant"},
                                            {{"check", "fo"}, 4, "no_such_tenant"},
                                            {{"model", "foo:1x"}, 2, "invalid_name"},
                                            {{"model", "foo:a-b"}, 2, "invalid_name"},
                                            {{"model", "foo:../x"}, 2, "invalid_name"},
                                            {{"model", "foo:constructor"}, 2, "invalid_name"},
                                            {{"model", "foo:__proto__"}, 2, "invalid_name"},
                                            {{"model", "foo:"}, 2, "invalid_name"},
                                            {{"model", "foo:X", "a:strin"}, 2, "usage"},
                                            {{"model", "foo:X", "a:string", "a:number"}, 2, "usage"},
                                            {{"model", "foo:X", "__proto__:string"}, 2, "invalid_name"},
                                            {{"model", "foo"}, 2, "usage"},
                                            {{"model"}, 2, "usage"},
                                            {{"model", "show"}, 2, "usage"},
                                            {{"add"}, 2, "usage"},
                                            {{"remove"}, 2, "usage"},
                                            {{"remove", "foo", "--all"}, 2, "usage"},
                                            {{"ad", "foo"}, 2, "usage"},
                                            {{"add", "bar", "--bad"}, 2, "usage"},
                                            {{"add", "bar", "--timeout", "soon"}, 2, "usage"},
                                            {{"add", "bar", "--config", "nowhere.json"}, 2, "usage"},
                                            {{}, 2, "usage"}}) {
        std::string typed;
        for (const auto& word : row.arguments) typed += word + " ";
        CAPTURE(typed);
        refused(mtg, row.arguments, row.code, row.name);
    }
    CHECK(mtg.mtm({"remove", "fo"}).err.find("did you mean 'foo'?") != std::string::npos);
    CHECK(mtg.mtm({"remov", "foo"}).err.find("did you mean 'remove'?") != std::string::npos);
}

TEST_CASE("bad input: broken JSON in every configuration file is named, and nothing is added to it") {
    const Installation mtg;
    for (const auto* file : {"tenant.json", "config.json", "datasources.json", "model-config.json", "middleware.json",
                             "component-config.json", "models/Customer.json"}) {
        CAPTURE(file);
        fs::remove_all(mtg.tenants());
        REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
        REQUIRE(mtg.mtm({"model", "foo:Customer"}).code == 0);
        mtg.write("foo/" + std::string{file}, "oops {\n");
        refused(mtg, {"check", "foo"}, 6, "invalid_config");
        refused(mtg, {"model", "foo:Order"}, 6, "invalid_config");
        const auto error = mtg.mtm({"check", "foo", "--json"}).document()["error"];
        CHECK(error["file"] == "tenants/foo/" + std::string{file});
        CHECK(error["tenant"] == "foo");
        CHECK(error["line"] == 1);
        CHECK(mtg.mtm({"list"}).code == 0);
        CHECK(mtg.mtm({"add", "bar"}).code == 0);  // one tenant's mistake is its own
        CHECK(mtg.mtm({"remove", "foo"}).code == 0);
    }
}

TEST_CASE("bad input: an unknown connector") {
    const Installation mtg;
    refused(mtg, {"add", "foo", "--connector", "nosuch"}, 2, "usage");
    CHECK(mtg.tree().empty());
    const auto error = mtg.mtm({"add", "foo", "--connector", "nosuch", "--json"}).document()["error"];
    CHECK_FALSE(error.contains("file"));
    CHECK(error["hint"].get<std::string>().find("sqlite3") != std::string::npos);
}

TEST_CASE("bad input: whatever is refused says what to do next") {
    const Installation mtg;
    mtg.mtm({"add", "foo"});
    mtg.mtm({"add", "baz"});
    mtg.mtm({"remove", "baz"});
    std::ofstream{mtg.work() / "plain"} << "x";
    for (const auto& arguments : std::vector<Words>{{"model", "foo:Order", "c:belongsTo:Nope"},
                                                    {"undelete", "nosuch"},
                                                    {"list", "--tenants", "plain"},
                                                    {"add", "bar", "--tenants", "plain"},
                                                    {"list", "--trash", "foo"}}) {
        CAPTURE(arguments[1]);
        const auto ran = mtg.mtm(arguments);
        CHECK(ran.code != 0);
        CHECK(ran.err.find("\n  hint: ") != std::string::npos);
    }
    // Room for what it says, not for the model.
    Words big{"model", "foo:Order"};
    for (int i = 0; i < 40; ++i) big.push_back("p" + std::to_string(i) + ":string");
    const auto full = mtg.mtm(big, 1000);
    CHECK(full.err.find("\n  hint: ") != std::string::npos);
}

TEST_CASE("bad input: a file that is no text is named with its line") {
    const Installation mtg;
    mtg.mtm({"add", "foo"});
    mtg.mtm({"model", "foo:Customer"});
    mtg.write("foo/models/Customer.json", "{\n  \"name\": \"Customer\",\n  \"x\": \"\xff\"\n}\n");
    const auto error = mtg.mtm({"check", "foo", "--json"}).document()["error"];
    CHECK(error["file"] == "tenants/foo/models/Customer.json");
    CHECK(error["line"] == 3);
    CHECK(error["message"].get<std::string>().find("{") == std::string::npos);
}

TEST_CASE("bad input: check says what serve would say of a data source") {
    const Installation mtg;
    mtg.mtm({"add", "foo"});
    mtg.write("foo/datasources.json",
              "{\n  \"db\": {\n    \"connector\": \"sqlite3\",\n    \"file\": \"../../foo/data/db.sqlite3\"\n  }\n}\n");
    const auto ran = mtg.mtm({"check", "foo", "--json"});
    CHECK(ran.code == 6);
    const auto error = ran.document()["error"];
    CHECK(error["file"] == "tenants/foo/datasources.json");
    CHECK(error["line"] == 4);
    CHECK(error["pointer"] == "/db/file");
}

TEST_CASE("bad input: a socket path over 107 bytes") {
    const Installation mtg;
    refused(mtg, {"add", "foo", "--socket", "/tmp/" + std::string(110, 'x') + "/control.sock"}, 6, "invalid_config");
    refused(mtg, {"add", "foo", "--tenants", std::string(110, 'x')}, 6, "invalid_config");
    CHECK(fs::is_empty(mtg.work()));
}

TEST_CASE("bad input: a disk that is full at any byte leaves nothing half done") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto before = mtg.tree();
    for (const unsigned long bytes_max : {1ul, 50ul, 100ul, 300ul, 500ul}) {
        CAPTURE(bytes_max);
        const auto ran = mtg.mtm({"add", "bar"}, bytes_max);
        CHECK(ran.code == 1);
        CHECK(mtg.tree() == before);
        CHECK(mtg.entries(".staging") == 0);
    }
    for (const unsigned long bytes_max : {1ul, 100ul, 500ul}) {
        CAPTURE(bytes_max);
        CHECK(mtg.mtm({"model", "foo:Customer"}, bytes_max).code == 1);
        auto after = mtg.tree();
        after.erase("foo/models");
        auto expected = before;
        expected.erase("foo/models");
        CHECK(after == expected);
    }
    CHECK(mtg.mtm({"model", "foo:Customer"}).code == 0);
}

TEST_CASE("bad input: a worker that is missing, fails or is killed is told plainly") {
    const Installation mtg;
    fs::remove(mtg.worker());
    const auto missing = mtg.mtm({"add", "foo"});
    CHECK(missing.code == 1);
    CHECK(missing.err.find("tenant-app is missing") != std::string::npos);
    CHECK_FALSE(fs::exists(mtg.tenants()));
    for (const std::string script : {"#!/bin/sh\nexit 3\n", "#!/bin/sh\nkill -9 $$\n", "#!/bin/sh\necho garbage; exit 1\n",
                                     "#!/bin/sh\nyes | head -c 3000000; exit 1\n"}) {
        CAPTURE(script);
        mtg.replace_worker(script);
        CHECK(mtg.mtm({"add", "foo"}).code == 1);
        CHECK_FALSE(fs::exists(mtg.tenants() / "foo"));
        CHECK(mtg.entries(".staging") == 0);
    }
}
