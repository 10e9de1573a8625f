#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "tests/component/supervisor/stage.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {
}  // namespace

TEST_CASE("a tenant starts with its first request, on a socket of its own") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    CHECK(stage.state("foo") == "idle");
    CHECK_FALSE(fs::exists(stage.folder / ".run/foo.sock"));
    CHECK(stage.gate("foo").admission() == Admission::cold);

    stage.want_until_ready("foo");
    const auto status = stage.status("foo");
    CHECK(status["state"] == "ready");
    CHECK(stage.connect("foo").second == status["pid"]);
    CHECK((fs::status(stage.folder / ".run/foo.sock").permissions() & fs::perms::all) == fs::perms::owner_all);
}

TEST_CASE("the worker gets five descriptors, a clean environment and a session of its own") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    ::setenv("SECRET_OF_THE_GATEWAY", "canary", 1);
    stage.start();
    stage.want_until_ready("foo");
    const auto log = read_file(stage.folder / ".run/log/foo.log");
    REQUIRE(log.ok());
    CHECK(log->find("session=1 group=1") != std::string::npos);
    CHECK(log->find("deathsig=9 ppid_matches=1") != std::string::npos);
    CHECK(log->find("fd=4\n") != std::string::npos);
    CHECK(log->find("fd=5\n") == std::string::npos);
    CHECK(log->find("env=MTG_TENANT=foo\n") != std::string::npos);
    CHECK(log->find("env=MTG_REVISION=") != std::string::npos);
    CHECK(log->find("canary") == std::string::npos);
}

TEST_CASE("an eager tenant is ready without a request") {
    Stage stage;
    stage.write("foo/tenant.json", R"({"start": "eager"})");
    stage.start();
    stage.until("ready", [&] { return stage.gate("foo").admission() == Admission::ready; });
}

TEST_CASE("a worker that was healthy restarts at once when it is killed") {
    auto timings = Stage::quick();
    timings.healthy_after = 0ms;
    Stage stage{timings};
    stage.write("foo/config.json", "{}");
    stage.write("bar/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    stage.want_until_ready("bar");
    const int pid = stage.status("foo")["pid"], other = stage.status("bar")["pid"];
    ::kill(pid, SIGKILL);
    stage.until("another worker", [&] {
        return stage.gate("foo").admission() == Admission::ready && stage.status("foo")["pid"] != pid;
    });
    CHECK(stage.status("foo")["restarts"] == 1);
    CHECK(stage.status("bar")["pid"] == other);
}

TEST_CASE("a worker that dies at boot backs off, and requests get 503 at once") {
    Stage stage;
    stage.write("foo/config.json", R"({"fake": {"crash_at_boot": true}})");
    stage.start();
    stage.want("foo");
    stage.until("backoff", [&] { return stage.state("foo") == "backoff"; });
    auto status = stage.status("foo");
    CHECK(status["error"]["message"] == "the worker was killed by SIGABRT before it was ready");
    CHECK_FALSE(fs::exists(stage.folder / ".run/foo.sock"));
    stage.until("cold again", [&] { return stage.gate("foo").admission() == Admission::cold; });
    stage.want("foo");
    stage.until("a second failure", [&] { return stage.status("foo")["reason"] == "failed 2 times in a row"; });

    stage.write("foo/config.json", "{}");  // repaired: noticed, and started without being asked
    stage.until("ready", [&] { return stage.gate("foo").admission() == Admission::ready; });
}

TEST_CASE("a worker that exits soon after it was ready backs off") {
    auto timings = Stage::quick();
    timings.healthy_after = 5s;
    Stage stage{timings};
    stage.write("foo/config.json", R"({"fake": {"exit_after_ready_ms": 10}})");
    stage.start();
    stage.want_until_ready("foo");
    stage.until("backoff", [&] { return stage.state("foo") == "backoff"; });
    CHECK(stage.status("foo")["error"]["message"] == "the worker exited with code 3 soon after it was ready");
}

TEST_CASE("a worker that does not get ready is killed at the deadline") {
    Stage stage;
    stage.write("foo/config.json", R"({"fake": {"never_ready": true}})");
    stage.write("bar/config.json", R"({"fake": {"never_ready": true}})");
    stage.write("good/config.json", "{}");
    stage.start();
    stage.want("foo");
    stage.want("bar");
    stage.want_until_ready("good");  // both slots are held by starts that hang, for a moment only
    stage.until("backoff", [&] { return stage.state("foo") == "backoff"; });
}

TEST_CASE("a broken configuration at the first start is failed, with file and line, until it is repaired") {
    Stage stage;
    stage.write("foo/config.json", "{\n  \"a\": ,\n}");
    stage.start();
    stage.want("foo");
    stage.until("failed", [&] { return stage.state("foo") == "failed"; });
    CHECK(stage.status("foo")["error"]["line"] == 2);
    CHECK(stage.gate("foo").admission() == Admission::unavailable);
    stage.write("foo/config.json", "{}");
    stage.until("ready", [&] { return stage.gate("foo").admission() == Admission::ready; });
    CHECK(stage.status("foo")["error"].is_null());
}

TEST_CASE("an edit replaces the worker, and the old one leaves only after its connections were dropped") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.write("foo/models/A.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    auto [connection, old_pid] = stage.connect("foo");
    const auto generation = stage.gate("foo").generation();
    bool was_alive_at_drop = false;
    stage.proxy.on_drop_idle = [&, old = old_pid] {
        was_alive_at_drop = alive(old);
        CHECK(stage.gate("foo").generation() > generation);
        CHECK(stage.gate("foo").admission() == Admission::ready);
        connection.reset();
        stage.proxy.on_drop_idle = nullptr;
    };
    stage.write("foo/models/A.json", R"({"name": "A"})");
    stage.until("a new worker", [&] { return stage.status("foo")["pid"] != old_pid; });
    stage.until("the old one gone", [&, old = old_pid] { return !alive(old); });
    CHECK(was_alive_at_drop);
    CHECK(stage.connect("foo").second == stage.status("foo")["pid"]);
}

TEST_CASE("a broken edit leaves the running worker serving, degraded") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    stage.write("foo/config.json", "{\n\n broken");
    stage.until("degraded", [&] { return stage.state("foo") == "degraded"; });
    CHECK(stage.status("foo")["error"]["line"] == 3);
    CHECK(stage.status("foo")["pid"] == pid);
    CHECK(stage.gate("foo").admission() == Admission::ready);

    stage.write("foo/config.json", "{}");  // taken back: the running worker is right again
    stage.until("ready", [&] { return stage.state("foo") == "ready"; });
    CHECK(stage.status("foo")["pid"] == pid);

    stage.write("foo/tenant.json", R"({"limts": {}})");
    stage.until("degraded", [&] { return stage.state("foo") == "degraded"; });
    CHECK(stage.status("foo")["error"]["hint"] == "did you mean 'limits'?");
    CHECK(stage.status("foo")["pid"] == pid);
}

TEST_CASE("a worker that does not get ready never replaces the one that serves") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const auto pid = stage.status("foo")["pid"];
    stage.write("foo/config.json", R"({"fake": {"never_ready": true}})");
    stage.until("degraded", [&] { return stage.state("foo") == "degraded"; });
    const auto status = stage.status("foo");
    CHECK(status["pid"] == pid);
    CHECK(status["error"]["message"] == "the worker was killed by SIGKILL before it was ready");
    CHECK(stage.gate("foo").admission() == Admission::ready);
    CHECK(stage.connect("foo").second == pid);
}

TEST_CASE("a worker that ignores drain and TERM is killed") {
    Stage stage;
    stage.write("foo/config.json", R"({"fake": {"deaf_to_drain": true}})");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    stage.write("foo/config.json", "{}");
    stage.until("the old one gone", [&] { return !alive(pid); });
    CHECK(stage.state("foo") == "ready");
}

TEST_CASE("a tenant is stopped when it is idle, not while a request is in flight, and starts again") {
    Stage stage;
    stage.write("foo/tenant.json", R"({"idle_stop": "100ms"})");
    stage.write("keep/tenant.json", R"({"idle_stop": "100ms"})");
    stage.write("keep/datasources.json", R"({"db": {"connector": "memory"}})");
    stage.start();
    stage.want_until_ready("keep");
    stage.want_until_ready("foo");
    stage.gate("foo").in_flight = 1;
    const auto later = std::chrono::steady_clock::now() + 300ms;
    stage.until("some time", [&] { return std::chrono::steady_clock::now() > later; });
    CHECK(stage.state("foo") == "ready");
    stage.gate("foo").in_flight = 0;
    stage.until("idle", [&] { return stage.state("foo") == "idle"; });
    CHECK(stage.gate("foo").admission() == Admission::cold);
    stage.until("no socket", [&] { return !fs::exists(stage.folder / ".run/foo.sock"); });
    CHECK(stage.state("keep") == "ready");
    stage.want_until_ready("foo");
}

TEST_CASE("a request that waits in the backlog of a stopping worker gets another worker") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    stage.gate("foo").in_flight = 1;  // admitted just before the gate closed
    const auto stopped = stage.ask("POST", "/tenants/foo/stop");
    stage.until("another worker", [&] { return stage.status("foo")["pid"].is_number() && stage.status("foo")["pid"] != pid; });
    stage.gate("foo").in_flight = 0;
}

TEST_CASE("stopping the supervisor drains every worker") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.write("bar/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    stage.want_until_ready("bar");
    const int pid = stage.status("foo")["pid"];
    bool done = false;
    stage.supervisor->stop([&] { done = true; });
    stage.until("stopped", [&] { return done; });
    CHECK_FALSE(alive(pid));
    CHECK_FALSE(fs::exists(stage.folder / ".run/foo.sock"));
    stage.want("foo");
    stage.restart_supervisor();
    stage.want_until_ready("foo");
}

TEST_CASE("a supervisor that is destroyed leaves no worker behind") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    stage.restart_supervisor();
    stage.until("gone", [&] { return !alive(pid); });
    stage.want_until_ready("foo");
}
