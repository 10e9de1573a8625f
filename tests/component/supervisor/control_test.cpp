#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "base/control/client.hpp"
#include "tests/component/supervisor/stage.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("call: no gateway is unavailable, a path too long is invalid_config") {
    CHECK(call("/nonexistent/control.sock", "GET", "/gateway").error().code() == Errc::unavailable);
    CHECK(call("/" + std::string(200, 'x'), "GET", "/gateway").error().code() == Errc::invalid_config);
}

TEST_CASE("call: a gateway that does not answer is timed_out") {
    Stage stage;
    stage.start();  // and its loop does not turn
    CHECK(call(stage.folder / ".run/control.sock", "GET", "/gateway", {}, 50ms).error().code() == Errc::timed_out);
}

TEST_CASE("GET /gateway counts tenants by state") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.write("bar/tenant.json", R"({"state": "stopped"})");
    stage.start();
    stage.want_until_ready("foo");
    const auto gateway = stage.ask("GET", "/gateway");
    REQUIRE(gateway.ok());
    CHECK((*gateway)["tenants"]["total"] == 2);
    CHECK((*gateway)["tenants"]["ready"] == 1);
    CHECK((*gateway)["tenants"]["stopped"] == 1);
    CHECK((*gateway)["listen"][0] == "127.0.0.1:1");
    CHECK((*gateway)["requests"] == 7);
    CHECK((fs::status(stage.folder / ".run/control.sock").permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("GET /metrics: what the proxy counted, with the workers of the tenants that it names; /-/metrics is the text alone") {
    Stage stage;
    for (const auto* id : {"foo", "bar"}) stage.write(std::string{id} + "/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    stage.want_until_ready("bar");
    Traffic traffic;
    traffic.by_class[1] = traffic.latency[2] = 1;
    traffic.latency_sum = std::chrono::microseconds{3'000};
    traffic.bytes_in = 10;
    traffic.bytes_out = 20;
    stage.proxy.report.tenants.push_back({"foo", traffic, 2, 1});
    stage.proxy.report.connections = 4;
    const auto metrics = stage.ask("GET", "/metrics");
    REQUIRE(metrics.ok());
    const auto text = (*metrics)["text"].get<std::string>();
    for (const char* line : {"# TYPE mtg_requests_total counter\n", "mtg_requests_total{tenant=\"foo\",status=\"2xx\"} 1\n",
                             "mtg_request_duration_seconds_bucket{tenant=\"foo\",le=\"0.0025\"} 0\n", "mtg_request_duration_seconds_bucket{tenant=\"foo\",le=\"0.005\"} 1\n",
                             "mtg_request_duration_seconds_bucket{tenant=\"foo\",le=\"+Inf\"} 1\n", "mtg_request_duration_seconds_sum{tenant=\"foo\"} 0.003\n",
                             "mtg_request_bytes_total{tenant=\"foo\"} 10\n", "mtg_response_bytes_total{tenant=\"foo\"} 20\n",
                             "mtg_requests_in_flight{tenant=\"foo\"} 2\n", "mtg_requests_queued{tenant=\"foo\"} 1\n", "mtg_worker_starts_total{tenant=\"foo\"} 1\n",
                             "mtg_worker_starts_total{tenant=\"(other)\"} 1\n", "mtg_tenants{state=\"ready\"} 2\n", "mtg_connections 4\n"}) {
        CAPTURE(line);
        CHECK(text.find(line) != std::string::npos);
    }
    CHECK(text.find("bar") == std::string::npos);  // not named by the report: within the others
    CHECK((*metrics)["metrics"][0]["samples"].is_array());

    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (stage.folder / ".run/control.sock").c_str());
    const Fd client{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const std::string request = "GET /-/metrics HTTP/1.1\r\nHost: mtg\r\n\r\n";
    REQUIRE(::write(client.get(), request.data(), request.size()) == static_cast<ssize_t>(request.size()));
    std::string answer;
    stage.until("the page", [&] {
        char piece[4096];
        for (ssize_t got; (got = ::read(client.get(), piece, sizeof piece)) >= 0;) {
            if (got == 0) return true;
            answer.append(piece, static_cast<std::size_t>(got));
        }
        return false;
    });
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.find("Content-Type: text/plain; version=0.0.4") != std::string::npos);
    CHECK(answer.find("\r\n\r\n# HELP mtg_build_info") != std::string::npos);
}

TEST_CASE("GET /tenants is sorted and has every documented key") {
    Stage stage;
    for (const auto* id : {"b", "a", "c"}) stage.write(std::string{id} + "/config.json", "{}");
    stage.start();
    const auto list = stage.ask("GET", "/tenants");
    REQUIRE(list.ok());
    CHECK((*list)[0]["id"] == "a");
    for (const auto* key : {"id", "state", "reason", "since", "pid", "uptime_ms", "restarts", "memory_bytes", "revision", "requests",
                            "server_errors", "in_flight", "error"}) {
        CAPTURE(key);
        CHECK((*list)[2].contains(key));
    }
}

TEST_CASE("sync answers when the new folder is routable, when a change is in force or refused, and when it is gone") {
    Stage stage;
    stage.start();
    stage.write("foo/config.json", "{}");
    REQUIRE(stage.ask("POST", "/tenants/foo/sync?serve=1").ok());
    CHECK(stage.proxy.entry("foo"));

    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    stage.write("foo/config.json", R"({"x": 1})");
    const auto changed = stage.ask("POST", "/tenants/foo/sync");
    REQUIRE(changed.ok());
    CHECK((*changed)["pid"] != pid);

    stage.write("foo/config.json", "{");
    const auto refused = stage.ask("POST", "/tenants/foo/sync");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == Errc::invalid_config);
    CHECK(refused.error().place().line == 1);
    CHECK(refused.error().place().tenant == "foo");

    fs::remove_all(stage.folder / "foo");
    CHECK((*stage.ask("POST", "/tenants/foo/sync"))["state"] == "gone");
    CHECK_FALSE(stage.proxy.entry("foo"));
}

TEST_CASE("start, restart and stop act on the process and answer when done") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    const auto started = stage.ask("POST", "/tenants/foo/start");
    REQUIRE(started.ok());
    const int pid = (*started)["pid"];
    CHECK((*stage.ask("POST", "/tenants/foo/start"))["pid"] == pid);
    const auto restarted = stage.ask("POST", "/tenants/foo/restart");
    REQUIRE(restarted.ok());
    CHECK((*restarted)["pid"] != pid);

    stage.write("foo/tenant.json", R"({"state": "stopped"})");
    const auto stopped = stage.ask("POST", "/tenants/foo/stop");
    REQUIRE(stopped.ok());
    CHECK((*stopped)["state"] == "stopped");
    CHECK((*stopped)["pid"].is_null());
    CHECK(stage.gate("foo").admission() == Admission::unavailable);
    CHECK(stage.ask("POST", "/tenants/foo/start").error().code() == Errc::conflict);

    stage.write("foo/tenant.json", "{}");
    CHECK((*stage.ask("POST", "/tenants/foo/start"))["state"] == "ready");
}

TEST_CASE("start of a broken tenant answers the error") {
    Stage stage;
    stage.write("foo/config.json", R"({"fake": {"error": {"code": "invalid_config", "message": "no such connector", "file": "f", "line": 7}}})");
    stage.start();
    const auto started = stage.ask("POST", "/tenants/foo/start");
    REQUIRE_FALSE(started.ok());
    CHECK(started.error().message() == "no such connector");
    CHECK(started.error().place().line == 7);
}

TEST_CASE("a withdrawn tenant answers 503 until it is served again") {
    auto timings = Stage::quick();
    Stage stage{timings};
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const auto withdrawn = stage.ask("POST", "/tenants/foo/withdraw");
    REQUIRE(withdrawn.ok());
    CHECK((*withdrawn)["pid"].is_null());
    stage.write("foo/config.json", R"({"x": 2})");
    stage.want("foo");
    CHECK(stage.ask("POST", "/tenants/foo/sync").ok());
    CHECK(stage.gate("foo").admission() == Admission::unavailable);
    CHECK(stage.ask("POST", "/tenants/foo/sync?serve=1").ok());
    CHECK(stage.gate("foo").admission() == Admission::cold);
    stage.want_until_ready("foo");
}

TEST_CASE("bad requests are errors, never more") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    struct Row {
        const char *method, *target;
        Errc code;
    };
    for (const auto& row : {Row{"GET", "/nowhere", Errc::not_found}, Row{"GET", "/tenants/none", Errc::no_such_tenant},
                            Row{"POST", "/tenants/none/start", Errc::no_such_tenant}, Row{"POST", "/tenants/../start", Errc::invalid_name},
                            Row{"POST", "/tenants/foo/dance", Errc::not_found}, Row{"DELETE", "/tenants/foo", Errc::not_found},
                            Row{"POST", "/tenants/foo/start?timeout_ms=x", Errc::usage}}) {
        CAPTURE(row.target);
        const auto answer = stage.ask(row.method, row.target);
        REQUIRE_FALSE(answer.ok());
        CHECK(answer.error().code() == row.code);
    }
}

TEST_CASE("bytes that are no HTTP close the connection and harm nobody") {
    Stage stage;
    stage.start();
    const Fd fd{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (stage.folder / ".run/control.sock").c_str());
    REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::send(fd.get(), "\0\1\2garbage\r\n\r\n", 14, MSG_NOSIGNAL) == 14);
    char answer[16]{};
    stage.until("an answer", [&] { return ::recv(fd.get(), answer, 12, MSG_DONTWAIT) > 0; });
    CHECK(std::string{answer} == "HTTP/1.1 400");
    CHECK(stage.ask("GET", "/gateway").ok());
}

TEST_CASE("POST /stop answers and then tells the gateway, POST /restart answers what came of it") {
    Stage stage;
    stage.start();
    CHECK(stage.ask("POST", "/stop").ok());
    stage.until("the hook", [&] { return stage.ended.size() == 1; });
    CHECK(*stage.ask("POST", "/restart") == json{{"pid", 1}});
    CHECK(stage.ended == std::vector<std::string>{"stop", "restart"});
    CHECK(stage.ask("POST", "/reload").ok());
}
