#include "mtm/explain.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace mt;
using namespace mt::mtm;

namespace {

bool any_has(const std::vector<std::string>& steps, const std::string& part) {
    for (const auto& step : steps)
        if (step.find(part) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_CASE("summary: one sentence per state, with the reason where it says more") {
    struct Row {
        const char *status, *text;
    };
    for (const auto& row : {Row{R"({"state": "suspended", "reason": "unpaid", "until": "2027-01-01T00:00:00.000Z"})",
                                "is suspended until 2027-01-01T00:00:00.000Z: unpaid"},
                            Row{R"({"state": "backoff", "reason": "failed 3 times in a row"})",
                                "does not start: failed 3 times in a row"},
                            Row{R"({"state": "idle", "reason": "not asked for yet"})",
                                "is idle: no process runs, the next request starts one"},
                            Row{R"({"state": "idle", "reason": "idle for 300 s"})",
                                "is idle: no process runs, the next request starts one: idle for 300 s"},
                            Row{R"({"state": "ready", "reason": "serving"})", "is served"},
                            Row{R"({"state": "new", "reason": null})", "is in an unknown state"}}) {
        CAPTURE(row.status);
        CHECK(summary(json::parse(row.status)) == row.text);
    }
}

TEST_CASE("ending_text: code or signal by name, and after how long") {
    CHECK(ending_text(json::parse(R"({"code": 1, "signal": null, "ran_ms": 250})")) == "exited with code 1 after 0.2s");
    CHECK(ending_text(json::parse(R"({"code": null, "signal": "SIGKILL", "ran_ms": 192000})")) == "was killed by SIGKILL after 3m12s");
    CHECK(ending_text(json::object()) == "is gone");
}

TEST_CASE("next_steps: what the error says first, then what lifts the state; nothing where nothing is wrong") {
    CHECK(next_steps(json::parse(R"({"id": "foo", "state": "ready"})")).empty());
    const auto failed = next_steps(json::parse(R"({"id": "foo", "state": "failed", "error": {"message": "m", "file": "f", "hint": "did you mean memory?"}})"));
    REQUIRE(failed.size() == 3);
    CHECK(failed[0] == "did you mean memory?");
    CHECK(any_has(failed, "mtm check foo"));
    CHECK(any_has(failed, "mtm start foo"));
    CHECK(next_steps(json::parse(R"({"id": "foo", "state": "suspended"})")) == std::vector<std::string>{"mtm resume foo"});
    CHECK(any_has(next_steps(json::parse(R"({"id": "foo", "state": "ready", "last_exit": {"signal": "SIGKILL", "asked_for": false}})")), "out of memory"));
    CHECK(next_steps(json::parse(R"({"id": "foo", "state": "idle", "last_exit": {"signal": "SIGKILL", "asked_for": true}})")).empty());
    CHECK(any_has(next_steps(json::parse(R"({"id": "foo", "state": "ready", "limits_hit": [{"limit": "rate", "count": 1}]})")), "limits.rate"));
}
