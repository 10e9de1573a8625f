#include <doctest/doctest.h>

#include "tests/component/supervisor/stage.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;

namespace {

/// Tenants a, b and c, with nothing running.
class Budget : public Stage {
public:
    Budget() {
        for (const char* id : {"a", "b", "c"}) write(std::string{id} + "/config.json", "{}");
    }
    void used(const std::string& id, std::chrono::seconds from_now) {
        const auto at = std::chrono::steady_clock::now() + from_now;
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
        gate(id).last_used_s = static_cast<std::uint32_t>(seconds);
    }
    /// A request comes and stays.
    void request(const std::string& id) {
        ++gate(id).held;
        want(id);
    }
    bool waits(const std::string& id) { return status(id).value("reason", "").starts_with("waits for room: "); }
    void until_state(const std::string& id, const std::string& wanted) {
        until((id + " is " + wanted).c_str(), [&] { return state(id) == wanted; });
    }
};

}  // namespace

TEST_CASE("max_resident: the least recently used idle tenant makes room, and says so") {
    Budget stage;
    stage.start();
    stage.want_until_ready("a");
    stage.want_until_ready("b");
    stage.used("a", 100s);
    stage.used("b", 50s);
    stage.supervisor->set_budget({2, 0});
    stage.request("c");
    stage.until_state("c", "ready");
    CHECK(stage.state("a") == "ready");
    stage.until_state("b", "idle");
    CHECK(stage.status("b")["reason"] == "stopped to make room: 2 tenants run, and max_resident is 2");
    CHECK(stage.status("b")["pid"].is_null());
    const auto told = stage.ask("GET", "/events");
    REQUIRE(told.ok());
    CHECK(told->dump().find("stopped to make room") != std::string::npos);
}

TEST_CASE("max_resident: where nobody is idle a start waits in order, for as long as a request waits for it") {
    Budget stage;
    stage.start();
    stage.supervisor->set_budget({1, 0});
    stage.want_until_ready("a");
    stage.gate("a").in_flight = 1;
    stage.request("b");
    stage.until("b to wait", [&] { return stage.waits("b"); });
    stage.request("c");
    stage.until("c to wait", [&] { return stage.waits("c"); });
    CHECK((*stage.ask("GET", "/gateway"))["resident"]["waiting"] == 2);

    stage.gate("a").in_flight = 0;
    stage.until_state("b", "ready");
    CHECK(stage.waits("c"));  // b's request is not done
    stage.gate("c").held = 0;
    stage.until_state("c", "idle");
    CHECK(stage.status("c")["pid"].is_null());
    CHECK(stage.state("b") == "ready");
    CHECK(stage.gate("c").admission() == Admission::cold);

    stage.request("c");
    stage.gate("b").held = 0;
    stage.until_state("c", "ready");
    CHECK(stage.state("b") == "idle");
}

TEST_CASE("max_resident: eager tenants, data in memory and whoever is in use stay; a lower budget counts at once") {
    Budget stage;
    stage.write("eager/tenant.json", R"({"start": "eager"})");
    stage.write("volatile/datasources.json", R"({"db": {"connector": "memory"}})");
    stage.start();
    for (const char* id : {"a", "b", "c", "eager", "volatile"}) stage.want_until_ready(id);
    stage.gate("b").in_flight = 1;
    stage.supervisor->set_budget({1, 0});
    stage.until_state("a", "idle");
    stage.until_state("c", "idle");
    for (const char* id : {"b", "eager", "volatile"}) CHECK(stage.state(id) == "ready");
    stage.gate("b").in_flight = 0;
    stage.until_state("b", "idle");
}

TEST_CASE("max_resident: a tenant is replaced in its own place") {
    Budget stage;
    stage.start();
    stage.supervisor->set_budget({1, 0});
    stage.want_until_ready("a");
    const auto before = stage.status("a")["pid"];
    stage.write("a/config.json", R"({"x": 1})");
    stage.until("another process", [&] { return stage.status("a")["pid"] != before && stage.state("a") == "ready"; });
}

TEST_CASE("max_resident: a tenant that does not start keeps nobody's place") {
    Budget stage;
    stage.write("a/config.json", R"({"fake": {"crash_at_boot": true}})");
    stage.start();
    stage.supervisor->set_budget({1, 0});
    stage.request("a");
    stage.until_state("a", "backoff");
    stage.request("b");
    stage.until_state("b", "ready");
}

TEST_CASE("max_resident: what the operator starts waits, too, whether there are requests or not") {
    Budget stage;
    stage.start();
    stage.supervisor->set_budget({1, 0});
    stage.want_until_ready("a");
    stage.gate("a").in_flight = 1;
    const auto late = stage.ask("POST", "/tenants/b/start?timeout_ms=50");
    REQUIRE_FALSE(late.ok());
    CHECK(late.error().code() == Errc::timed_out);
    CHECK(stage.waits("b"));
    stage.gate("a").in_flight = 0;
    stage.until_state("b", "ready");
    CHECK(stage.state("a") == "idle");
}

TEST_CASE("max_resident: a stopped tenant leaves the queue") {
    Budget stage;
    stage.start();
    stage.supervisor->set_budget({1, 0});
    stage.want_until_ready("a");
    stage.gate("a").in_flight = 1;
    stage.request("b");
    stage.until("b to wait", [&] { return stage.waits("b"); });
    stage.write("b/tenant.json", R"({"state": "stopped"})");
    REQUIRE(stage.ask("POST", "/tenants/b/stop").ok());
    CHECK(stage.state("b") == "stopped");
    stage.gate("b").held = 0;
    stage.until("an empty queue", [&] { return (*stage.ask("GET", "/gateway"))["resident"]["waiting"] == 0; });
    stage.gate("a").in_flight = 0;
    CHECK(stage.state("a") == "ready");
}

TEST_CASE("memory_budget: what runs is measured; those in use stay, one tenant always runs") {
    Budget stage;
    stage.start();
    stage.want_until_ready("a");
    stage.want_until_ready("b");
    stage.gate("a").in_flight = 1;
    stage.supervisor->set_budget({0, 1});
    stage.until_state("b", "idle");
    CHECK(stage.status("b")["reason"].get<std::string>().ends_with("and memory_budget is 1B"));
    CHECK(stage.state("a") == "ready");
    CHECK((*stage.ask("GET", "/gateway"))["resident"]["memory_bytes"] > 1);

    stage.request("b");
    stage.until("b to wait", [&] { return stage.waits("b"); });
    stage.gate("a").in_flight = 0;
    stage.until_state("b", "ready");
    CHECK(stage.state("a") == "idle");
    stage.supervisor->set_budget({});
    stage.gate("b").held = 0;
    stage.want_until_ready("a");
    CHECK(stage.state("b") == "ready");
}
