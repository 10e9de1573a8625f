#include <doctest/doctest.h>

#include <filesystem>

#include "mtm_fixture.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

TEST_CASE("mtm add: makes a whole tenant, its id in small letters") {
    const Installation mtg;
    const auto ran = mtg.mtm({"add", "Foo", "--json"});
    CHECK(ran.code == 0);
    const auto document = ran.document();
    CHECK(document["ok"] == true);
    CHECK(document["data"]["id"] == "foo");
    CHECK(document["data"]["url"] == "http://localhost:9000/foo");
    CHECK(document["data"]["served"] == false);
    for (const auto* file : {"tenant.json", "config.json", "datasources.json", "model-config.json", "middleware.json",
                             "component-config.json"}) {
        CAPTURE(file);
        CHECK(json::parse(mtg.read("foo/" + std::string{file}), nullptr, false).is_object());
    }
    CHECK(fs::is_directory(mtg.tenants() / "foo/data"));
    CHECK(fs::is_directory(mtg.tenants() / "foo/models"));
    CHECK((fs::status(mtg.tenants() / "foo/datasources.json").permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(json::parse(mtg.read("foo/datasources.json"))["db"]["connector"] == "sqlite3");
    CHECK(mtg.entries(".staging") == 0);
}

TEST_CASE("mtm add: every tenant gets a key of its own, also a removed and re-created one") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo", "bar"}).code == 0);
    const auto key = [&](const char* id) { return json::parse(mtg.read(std::string{id} + "/tenant.json"))["key"].get<std::string>(); };
    const auto foo = key("foo");
    CHECK(foo.size() == 8);
    CHECK(foo != key("bar"));
    REQUIRE(mtg.mtm({"remove", "foo"}).code == 0);
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    CHECK(key("foo") != foo);
}

TEST_CASE("mtm add: --connector memory needs no file, and a template of the user's comes before the installed one") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo", "--connector", "memory"}).code == 0);
    CHECK(json::parse(mtg.read("foo/datasources.json")) == json::parse(R"({"db":{"name":"db","connector":"memory"}})"));
    fs::create_directory(mtg.tenants() / ".templates");
    fs::copy(mtg.tenants() / "foo", mtg.tenants() / ".templates/mine", fs::copy_options::recursive);
    mtg.write(".templates/mine/tenant.json", R"({"labels":{"plan":"pro"}})");
    REQUIRE(mtg.mtm({"add", "bar", "--template", "mine"}).code == 0);
    CHECK(json::parse(mtg.read("bar/tenant.json"))["labels"]["plan"] == "pro");
    const auto unknown = mtg.mtm({"add", "third", "--template", "../foo", "--json"});
    CHECK(unknown.code == 2);
    CHECK(unknown.document()["error"]["hint"].get<std::string>().find("default mine") != std::string::npos);
}

TEST_CASE("mtm add: of several tenants the good ones are made, and the exit code says partial") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "bar"}).code == 0);
    const auto ran = mtg.mtm({"add", "foo", "bar", "--json"});
    CHECK(ran.code == 9);
    CHECK(ran.document()["ok"] == false);
    CHECK(ran.document()["data"][0]["id"] == "foo");
    CHECK(ran.document()["data"][1]["error"]["code"] == "conflict");
    CHECK(fs::exists(mtg.tenants() / "foo"));
}

TEST_CASE("mtm: --dry-run writes nothing") {
    const Installation mtg;
    CHECK(mtg.mtm({"add", "foo", "--dry-run"}).code == 0);
    CHECK_FALSE(fs::exists(mtg.tenants()));
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    REQUIRE(mtg.mtm({"model", "foo:A"}).code == 0);
    const auto before = mtg.tree();
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"remove", "foo", "--dry-run"}, {"model", "foo:B", "--dry-run"}, {"model", "remove", "foo:A", "--dry-run"},
             {"add", "bar", "--dry-run"}}) {
        CAPTURE(arguments.front());
        const auto ran = mtg.mtm(arguments);
        CHECK(ran.code == 0);
        CHECK(ran.out.find("would do for") == 0);
        CHECK(mtg.tree() == before);
    }
}

TEST_CASE("mtm remove, undelete, purge: into the trash, back, and gone for good") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo", "bar"}).code == 0);
    const auto before = mtg.tree();
    CHECK(mtg.mtm({"delete", "FOO", "--yes"}).code == 0);
    CHECK_FALSE(fs::exists(mtg.tenants() / "foo"));
    CHECK(mtg.mtm({"remove", "foo"}).code == 4);
    CHECK(mtg.mtm({"undelete", "foo"}).code == 0);
    CHECK(mtg.tree() == before);
    REQUIRE(mtg.mtm({"remove", "--all"}).code == 0);
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    CHECK(mtg.mtm({"undelete", "foo"}).code == 5);
    CHECK(mtg.mtm({"purge", "foo"}).code == 2);  // no terminal to ask at
    CHECK(mtg.entries(".trash") == 2);
    CHECK(mtg.mtm({"purge", "--all", "--yes"}).code == 0);
    CHECK(mtg.entries(".trash") == 0);
    CHECK(mtg.entries(".staging") == 0);
    CHECK(mtg.mtm({"undelete", "bar"}).code == 4);
    CHECK(fs::exists(mtg.tenants() / "foo"));
}

TEST_CASE("mtm remove: refuses a protected tenant") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    mtg.write("foo/tenant.json", R"({"protected": true})");
    const auto before = mtg.tree();
    const auto ran = mtg.mtm({"remove", "foo", "--json"});
    CHECK(ran.code == 5);
    CHECK(ran.document()["error"]["pointer"] == "/protected");
    CHECK(ran.document()["error"]["hint"] == "lift that first: mtm protect foo --off");
    CHECK(mtg.tree() == before);
}

TEST_CASE("mtm list: works without a gateway, which knows the rest") {
    const Installation mtg;
    const auto empty = mtg.mtm({"list"});
    CHECK(empty.code == 0);
    CHECK(empty.out.find("TENANT  STATE") == 0);
    REQUIRE(mtg.mtm({"add", "foo", "bar"}).code == 0);
    mtg.write("bar/tenant.json", R"({"state": "stopped"})");
    const auto data = mtg.mtm({"ls", "--json"}).document()["data"];
    REQUIRE(data.size() == 2);
    CHECK(data[0]["id"] == "bar");
    CHECK(data[0]["state"] == "stopped");
    CHECK(data[0]["pid"].is_null());
    CHECK(data[1]["state"] == "unknown");
    CHECK(mtg.mtm({"list", "f*", "--json"}).document()["data"].size() == 1);
}

TEST_CASE("mtm: what needs the gateway exits 7 without it and writes nothing") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto before = mtg.tree();
    for (const auto* verb : {"start", "stop", "restart", "status", "url"}) {
        CAPTURE(verb);
        const auto ran = mtg.mtm({verb, "foo", "--json"});
        CHECK(ran.code == 7);
        CHECK(ran.document()["error"]["code"] == "unavailable");
        CHECK(mtg.mtm({verb, "fo"}).code == 4);
    }
    CHECK(mtg.tree() == before);
}

TEST_CASE("mtm check: valid tenants exit 0") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo", "bar"}).code == 0);
    const auto ran = mtg.mtm({"check", "--all", "--json"});
    CHECK(ran.code == 0);
    CHECK(ran.document()["data"][1]["valid"] == true);
}

TEST_CASE("mtm logs: the last lines, control characters escaped") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    CHECK(mtg.mtm({"logs", "foo"}).code == 0);
    fs::create_directories(mtg.tenants() / ".run/log");
    mtg.write(".run/log/foo.log", "one\ntwo\x1b[2J\nthree\n");
    CHECK(mtg.mtm({"logs", "foo", "-n", "2"}).out == "two\\x1b[2J\nthree\n");
    CHECK(mtg.mtm({"logs", "foo", "-n", "0"}).out.empty());
    CHECK(mtg.mtm({"logs", "foo", "-n", "-1"}).code == 2);
    CHECK(mtg.mtm({"logs", "fo"}).code == 4);
    CHECK(mtg.mtm({"logs", "foo", "-n", "1", "--json"}).document() == json{{"id", "foo"}, {"line", "three"}});
}

TEST_CASE("mtm: help opens with examples") {
    const Installation mtg;
    for (const auto* verb : {"add", "remove", "delete", "model", "list", "status", "start", "stop", "restart", "check", "logs", "url",
                             "undelete", "purge"}) {
        CAPTURE(verb);
        const auto ran = mtg.mtm({verb, "--help"});
        CHECK(ran.code == 0);
        CHECK(ran.out.find("Examples:\n  mtm ") < 100);
    }
    CHECK(mtg.mtm({"--help"}).out.find("Examples:\n  mtm add foo") < 100);
}
