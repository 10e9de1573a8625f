#include <doctest/doctest.h>

#include "mtm_fixture.hpp"

using nlohmann::json;

namespace {

json setting(const json& document, const std::string& key) {
    for (const auto& row : document["data"]["settings"])
        if (row["key"] == key) return row;
    return nullptr;
}

}  // namespace

TEST_CASE("mtm config show: every value with where it comes from") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    mtg.write("../mtg.json", R"({"limits": {"queue": 5, "body": "2MiB"}})");
    mtg.write("foo/tenant.json", R"({"limits": {"body": "3MiB"}, "labels": {"plan": "pro"}})");
    const auto shown = mtg.mtm({"config", "show", "foo", "--json"});
    REQUIRE(shown.code == 0);
    const auto document = shown.document();
    CHECK(setting(document, "limits.body") == json{{"key", "limits.body"}, {"value", "3MiB"}, {"source", "tenant.json"}});
    CHECK(setting(document, "limits.queue") == json{{"key", "limits.queue"}, {"value", 5}, {"source", "mtg.json"}});
    CHECK(setting(document, "limits.rate") == json{{"key", "limits.rate"}, {"value", "0"}, {"source", "default"}});
    CHECK(setting(document, "labels.plan")["value"] == "pro");
    CHECK(setting(document, "start")["source"] == "default");
    CHECK(setting(document, "limits.head").is_null());  // not a tenant's to say
    CHECK(mtg.mtm({"config", "show", "foo"}).out.find("limits.body             3MiB       tenant.json") != std::string::npos);
}

TEST_CASE("mtm config set, get and unset: one key, and the rest of the file as it was") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    mtg.write("foo/tenant.json", "{\"start\": \"eager\",\n \"key\": \"k\", \"labels\": {\"a\": \"b\"}}");
    CHECK(mtg.mtm({"config", "set", "foo", "limits.rate", "100/s"}).out == "foo  limits.rate is 100/s (tenant.json)\n");
    CHECK(mtg.mtm({"config", "set", "foo", "limits.burst", "7"}).code == 0);
    CHECK(mtg.mtm({"config", "set", "foo", "labels.tier", "7"}).code == 0);
    CHECK(mtg.mtm({"config", "set", "foo", "labels.team.lead", "ann"}).code == 0);
    CHECK(mtg.mtm({"config", "set", "foo", "protected", "true"}).code == 0);
    CHECK(mtg.read("foo/tenant.json") ==
          "{\n  \"start\": \"eager\",\n  \"key\": \"k\",\n  \"labels\": {\n    \"a\": \"b\",\n    \"tier\": \"7\",\n    \"team.lead\": \"ann\"\n  },\n"
          "  \"limits\": {\n    \"rate\": \"100/s\",\n    \"burst\": 7\n  },\n  \"protected\": true\n}\n");
    CHECK(mtg.mtm({"config", "get", "foo", "limits.burst"}).out == "7\n");
    CHECK(mtg.mtm({"config", "get", "foo", "limits.queue"}).out == "100\n");
    CHECK(mtg.mtm({"config", "get", "foo", "limits.rate", "--json"}).document()["data"]["source"] == "tenant.json");
    CHECK(mtg.mtm({"config", "unset", "foo", "limits.rate"}).out == "foo  limits.rate is 0 (default)\n");
    CHECK(mtg.mtm({"config", "unset", "foo", "limits.burst"}).code == 0);
    CHECK_FALSE(json::parse(mtg.read("foo/tenant.json")).contains("limits"));
    const auto before = mtg.read("foo/tenant.json");
    CHECK(mtg.mtm({"config", "unset", "foo", "limits.burst"}).code == 0);
    CHECK(mtg.mtm({"config", "set", "foo", "limits.body", "2MiB", "--dry-run"}).code == 0);
    CHECK(mtg.read("foo/tenant.json") == before);
}

TEST_CASE("mtm config set: a list as words or as JSON") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto hosts = [&] { return json::parse(mtg.read("foo/tenant.json"))["hosts"].dump(); };
    CHECK(mtg.mtm({"config", "set", "foo", "hosts", "a.example", "*.b.example"}).code == 0);
    CHECK(hosts() == R"(["a.example","*.b.example"])");
    CHECK(mtg.mtm({"config", "set", "foo", "hosts", R"(["c.example", "d.example"])"}).code == 0);
    CHECK(hosts() == R"(["c.example","d.example"])");
    CHECK(mtg.mtm({"config", "set", "foo", "hosts", "e.example"}).code == 0);
    CHECK(hosts() == R"(["e.example"])");
    CHECK(mtg.mtm({"config", "set", "foo", "hosts", "[]"}).code == 0);
    CHECK(hosts() == "[]");
    CHECK(mtg.mtm({"config", "set", "foo", "command", "node", "server.js"}).code == 0);
    CHECK(json::parse(mtg.read("foo/tenant.json"))["command"].size() == 2);
    const auto refused = mtg.mtm({"config", "set", "foo", "hosts", "f.example", "not a host", "--json"});
    CHECK(refused.code == 6);
    CHECK(refused.document()["error"]["pointer"] == "/hosts/1");
    CHECK(mtg.mtm({"config", "set", "foo", "start", "eager", "now"}).code == 6);
    CHECK(mtg.mtm({"config", "get", "foo", "hosts", "start"}).code == 2);
    CHECK(hosts() == "[]");
}

TEST_CASE("mtm config set: what the gateway would not take is refused, and the file is untouched") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo"}).code == 0);
    const auto before = mtg.read("foo/tenant.json");
    struct Row {
        std::string key, value, pointer, message;
    };
    for (const auto& row : {Row{"limits.body", "2MB", "/limits/body", "'2MB' is not a size"}, Row{"limits.bdy", "1", "/limits/bdy", "unknown key"},
                            Row{"limits.memory", "1", "/limits/memory", "must be from 16MiB to"}, Row{"limits.pids", "2", "/limits/pids", "or 0 for any"},
                            Row{"limits.files", "5", "/limits/files", "must be from 32 to"}, Row{"limits.disk", "1KiB", "/limits/disk", "must be from 1MiB to"},
                            Row{"limits.fields", "5", "/limits/fields", "unknown key"}, Row{"start", "now", "/start", "must be one of"},
                            Row{"limits", "7", "/limits", "must be an object"}, Row{"limits.connect_timeout", "0", "/limits/connect_timeout", "must be from 1ms to"},
                            Row{"limits.rate", "100", "/limits/rate", "must be a rate"}, Row{"upstream", "ftp://x", "/upstream", "is no upstream"}}) {
        CAPTURE(row.key);
        const auto ran = mtg.mtm({"config", "set", "foo", row.key, row.value, "--json"});
        CHECK(ran.code == 6);
        const auto error = ran.document()["error"];
        CHECK(error["pointer"] == row.pointer);
        CHECK(error["tenant"] == "foo");
        CHECK(error["message"].get<std::string>().find(row.message) != std::string::npos);
        CHECK(mtg.read("foo/tenant.json") == before);
    }
    for (const auto& words : std::vector<std::vector<std::string>>{{"config"}, {"config", "shw"}, {"config", "set", "foo", "limits.body"},
                                                                   {"config", "get", "foo"}, {"config", "get", "foo", "limits.bdy"},
                                                                   {"config", "set", "foo", "limits.", "1"}, {"config", "show"}}) {
        CHECK(mtg.mtm(words).code == 2);
    }
    CHECK(mtg.mtm({"config", "set", "nobody", "limits.body", "1MiB"}).code == 4);
    CHECK(mtg.read("foo/tenant.json") == before);
}

TEST_CASE("mtm config: all tenants at once, and a broken file can be repaired") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo", "bar"}).code == 0);
    CHECK(mtg.mtm({"config", "set", "--all", "limits.concurrency", "4"}).code == 0);
    CHECK(mtg.mtm({"config", "get", "--all", "limits.concurrency"}).out == "4\n4\n");
    mtg.write("foo/tenant.json", R"({"start": "eagr", "key": "k"})");
    CHECK(mtg.mtm({"config", "show", "foo"}).code == 6);
    CHECK(mtg.mtm({"config", "set", "foo", "start", "eager"}).code == 0);
    CHECK(json::parse(mtg.read("foo/tenant.json")) == json::parse(R"({"start": "eager", "key": "k"})"));
}

TEST_CASE("mtm -l: the tenants with a label, in place of their names") {
    const Installation mtg;
    REQUIRE(mtg.mtm({"add", "foo", "bar", "third"}).code == 0);
    REQUIRE(mtg.mtm({"config", "set", "foo", "labels.plan", "free"}).code == 0);
    REQUIRE(mtg.mtm({"config", "set", "bar", "labels.plan", "pro"}).code == 0);
    const auto listed = mtg.mtm({"list", "-l", "plan=free", "--json"}).document()["data"];
    REQUIRE(listed.size() == 1);
    CHECK(listed[0]["id"] == "foo");
    CHECK(mtg.mtm({"config", "set", "-l", "plan", "limits.body", "2MiB"}).code == 0);  // the next word is not a label
    CHECK(mtg.mtm({"config", "get", "bar", "limits.body"}).out == "2MiB\n");
    CHECK(mtg.mtm({"list", "foo", "-l", "plan"}).code == 2);
    CHECK(mtg.mtm({"list", "-l", "plan=gold"}).code == 4);
    CHECK(mtg.mtm({"purge", "-l", "plan"}).code == 2);
}
