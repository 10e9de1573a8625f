#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "base/files.hpp"
#include "base/gateway_config.hpp"
#include "base/nearest.hpp"
#include "base/tenant_config.hpp"
#include "base/units.hpp"

using namespace mt;
namespace fs = std::filesystem;

namespace {

struct File {
    fs::path path;
    explicit File(std::string_view content) {
        std::string name = (fs::temp_directory_path() / "mtg-config-XXXXXX").native();
        REQUIRE(::mkdtemp(name.data()));
        path = fs::path{name} / "file.json";
        REQUIRE(write_file(path, content).ok());
    }
    ~File() { fs::remove_all(path.parent_path()); }
};

}  // namespace

TEST_CASE("parse_listen: an address, a port, or both; loopback without a host") {
    for (const auto& [text, host, port] : std::vector<std::tuple<std::string, std::string, int>>{
             {"9000", "127.0.0.1", 9000}, {":9000", "127.0.0.1", 9000}, {"0.0.0.0:80", "0.0.0.0", 80}, {"[::1]:9000", "::1", 9000},
             {"localhost:0", "127.0.0.1", 0}, {"*:8080", "0.0.0.0", 8080}}) {
        CAPTURE(text);
        const auto listen = parse_listen(text);
        REQUIRE(listen.ok());
        CHECK(listen->host == host);
        CHECK(listen->port == port);
    }
    for (const std::string text : {"", "x", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "::1:9000", "[::1]", "[1.2.3.4]:1", "example.com:1", "-1"}) {
        CAPTURE(text);
        const auto listen = parse_listen(text);
        REQUIRE_FALSE(listen.ok());
        CHECK(listen.error().code() == Errc::usage);
    }
}

TEST_CASE("read_gateway_config: values, and folders relative to the file") {
    const File file{R"({"listen": ["9001", "[::1]:9001"], "tenants": "t", "limits": {"body": "2MiB", "head": "8KiB", "queue": 5}})"};
    const auto config = read_gateway_config(file.path);
    REQUIRE(config.ok());
    CHECK(config->listen.size() == 2);
    CHECK(config->listen[1].str() == "[::1]:9001");
    CHECK(config->tenants == file.path.parent_path() / "t");
    CHECK(config->limits.body_bytes == 2u << 20);
    CHECK(config->limits.queue == 5);
    CHECK(config->resident == ResidentBudget{});
}

TEST_CASE("read_gateway_config: what all workers may take together") {
    const File file{R"({"max_resident": 1000, "memory_budget": "2GiB"})"};
    const auto config = read_gateway_config(file.path);
    REQUIRE(config.ok());
    CHECK(config->resident == ResidentBudget{1000, std::uint64_t{2} << 30});
}

TEST_CASE("configuration errors name line, pointer and the nearest key") {
    struct Row {
        std::string text, pointer;
        std::size_t line;
        std::string message, hint;
    };
    for (const auto& row : std::vector<Row>{
             {"{\n  \"listn\": 9000\n}", "/listn", 2, "unknown key \"listn\"", "did you mean 'listen'?"},
             {"{\n\n  \"listen\": 9000\n}", "/listen", 3, "must be an address such as \"0.0.0.0:9000\", or an array of them", ""},
             {"{\"limits\": {\n \"body\": \"1MB\"}}", "/limits/body", 2, "'1MB' is not a size such as \"64KiB\" or \"1MiB\"", ""},
             {"{\n \"max_resident\": -1}", "/max_resident", 2, "must be a whole number of at least 0", ""},
             {"{\n\n \"memory_budget\": \"2GB\"}", "/memory_budget", 3, "'2GB' is not a size such as \"64KiB\" or \"1MiB\"", ""},
             {"[]", "", 1, "must be an object", ""}}) {
        CAPTURE(row.text);
        const File file{row.text};
        const auto config = read_gateway_config(file.path);
        REQUIRE_FALSE(config.ok());
        CHECK(config.error().code() == Errc::invalid_config);
        CHECK(config.error().place().pointer == row.pointer);
        CHECK(config.error().place().line == row.line);
        CHECK(config.error().message() == row.message);
        if (!row.hint.empty()) CHECK(config.error().place().hint == row.hint);
    }
}

TEST_CASE("read_tenant_config: missing and empty mean the defaults") {
    CHECK(read_tenant_config("/nonexistent/tenant.json").ok());
    const File empty{" \n"};
    const auto config = read_tenant_config(empty.path);
    REQUIRE(config.ok());
    CHECK(config->state == "running");
    CHECK(config->idle_stop == std::chrono::seconds{300});
}

TEST_CASE("read_tenant_config: every documented key is known") {
    const File file{R"({"key": "t7", "state": "suspended", "reason": "unpaid", "until": "2027-01-01", "start": "eager", "idle_stop": "0",
        "hosts": [], "labels": {"plan": "pro"}, "protected": true, "command": ["node", "server.js"], "env": {"A": "b"}, "listen": "port", "strip_prefix": true, "isolation": "off",
        "limits": {"body": "1MiB", "body_timeout": "30s", "answer_timeout": "60s", "tunnel_idle": "1h", "tunnel_drain": "0", "rate": "100/s", "burst": 200,
        "concurrency": 64, "queue": 100, "queue_wait": "10s", "memory": "256MiB", "cpu": "50%", "pids": 64, "files": 256, "disk": "1GiB"}})"};
    const auto config = read_tenant_config(file.path);
    REQUIRE_MESSAGE(config.ok(), describe(config.error()));
    CHECK(config->state == "suspended");
    CHECK(config->start == "eager");
    CHECK(config->idle_stop.count() == 0);
    CHECK(config->is_protected);
    CHECK(config->labels.at("plan") == "pro");
    CHECK(config->is_command());
    CHECK(config->command == CommandConfig{{"node", "server.js"}, {{"A", "b"}}, "port"});
}

TEST_CASE("wanted_state: a suspension ends when its time has come") {
    TenantConfig config;
    const auto until = *parse_time("2027-01-01T00:00:00Z");
    CHECK(wanted_state(config, until) == "running");
    config.state = "suspended";
    CHECK(wanted_state(config, until) == "suspended");
    config.until = until;
    CHECK(wanted_state(config, until - std::chrono::milliseconds{1}) == "suspended");
    CHECK(wanted_state(config, until) == "running");
    config.state = "stopped";
    CHECK(wanted_state(config, until) == "stopped");
}

TEST_CASE("read_tenant_config: what would silently not work is refused") {
    for (const std::string text : {R"({"command": "node server.js"})", R"({"command": ["node", 5]})", R"({"command": [""]})", R"({"command": ["a\u0000b"]})",
                                   R"({"command": ["node"], "upstream": "http://127.0.0.1"})", R"({"listen": "tcp"})", R"({"env": {"1A": "x"}})",
                                   R"({"env": {"PORT": "x"}})", R"({"env": {"MTG_TENANT": "x"}})", R"({"env": {"A": 5}})", R"({"upstream": "https://127.0.0.1"})", R"({"upstream": "http://db.example"})", R"({"upstream": 5})",
                                   R"({"hosts": "a.example"})", R"({"hosts": ["a.example", "A.example"]})", R"({"hosts": ["a.example:80"]})",
                                   R"({"state": "runing"})", R"({"limits": {"head": "1KiB"}})", R"({"idle_stop": -1})", R"({"state": "suspended", "until": "tomorrow"})",
                                   R"({"until": 5})"}) {
        CAPTURE(text);
        const File file{text};
        const auto config = read_tenant_config(file.path);
        REQUIRE_FALSE(config.ok());
        CHECK(config.error().code() == Errc::invalid_config);
        CHECK(config.error().place().line == 1);
    }
}

TEST_CASE("nearest: a slip of the fingers, and nothing far-fetched") {
    const std::vector<std::string> verbs{"start", "stop", "restart", "status"};
    CHECK(nearest("strat", verbs) == "start");
    CHECK(nearest("stats", verbs) == "status");
    CHECK(nearest("zzzzz", verbs).empty());
    CHECK(nearest(std::string(10'000, 'x'), verbs).empty());
}
