#include "gateway/ui/mask.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace mt;
using namespace mt::gateway;

namespace {

ordered_json masked(const char* text, ConfigFile file) {
    auto root = ordered_json::parse(text);
    mask_secrets(root, file);
    return root;
}

}  // namespace

TEST_CASE("mask_secrets: of data sources and variables only what is known to be harmless is shown") {
    const auto root = masked(R"({"db": {"name": "db", "connector": "mysql", "host": "db.example", "port": 3306,
        "user": "shop", "password": "hush", "url": "mysql://shop:hush@db.example/x", "ssl": true, "pin": null,
        "auth": {"user": "a", "pass": 1234, "list": ["x"]},
        "transports": [{"type": "smtp", "note": "hush"}]}})", ConfigFile::values);
    const auto& db = root["db"];
    CHECK(root.dump().find("hush") == std::string::npos);
    CHECK(db["connector"] == "mysql");
    CHECK(db["host"] == "db.example");
    CHECK(db["port"] == 3306);
    CHECK(db["ssl"] == true);
    CHECK(db["user"] == k_masked);
    CHECK(db["auth"]["pass"] == k_masked);
    CHECK(db["auth"]["list"][0] == k_masked);
    CHECK(db["transports"][0]["type"] == "smtp");
}

TEST_CASE("mask_secrets: a reference is a name, not a secret; what only begins like one is masked") {
    const auto root = masked(R"({"db": {"password": "${file:secrets/db}", "user": "${DB_USER}", "pass": "${A}hush",
        "pwd": "${A}${B}hush}"}})", ConfigFile::values);
    CHECK(root["db"]["password"] == "${file:secrets/db}");
    CHECK(root["db"]["user"] == "${DB_USER}");
    CHECK(root["db"]["pass"] == k_masked);
    CHECK(root["db"]["pwd"] == k_masked);
}

TEST_CASE("mask_secrets: the variables of a program are masked, the rest of tenant.json is shown") {
    const auto root = masked(R"({"state": "running", "command": ["node", "server.js"], 
        "env": {"MODE": "hush", "PORTS": {"a": 1}}, "limits": {"rate": "100/s"},
        "upstream": "http://user:hush@127.0.0.1:80"})", ConfigFile::tenant);
    CHECK(root.dump().find("hush") == std::string::npos);
    CHECK(root["env"]["PORTS"]["a"] == k_masked);
    CHECK(root["command"][1] == "server.js");
    CHECK(root["limits"]["rate"] == "100/s");
    CHECK(root["state"] == "running");
}

TEST_CASE("mask_secrets: a model may have a property called password, and that is no secret") {
    const auto root = masked(R"({"name": "Customer", "properties": {"password": {"type": "string", "required": true}},
        "settings": {"apiKey": "hush"}, "acls": [{"principalId": "$owner"}]})", ConfigFile::model);
    CHECK(root["properties"]["password"]["type"] == "string");
    CHECK(root["settings"]["apiKey"] == k_masked);
    CHECK(root["acls"][0]["principalId"] == "$owner");
}
