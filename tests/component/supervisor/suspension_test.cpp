#include <doctest/doctest.h>

#include "base/units.hpp"
#include "tests/component/supervisor/stage.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;

namespace {

std::string suspended(const std::string& until) { return R"({"state": "suspended", "reason": "unpaid.", "until": ")" + until + "\"}"; }
std::string in(std::chrono::milliseconds wait) { return format_time(std::chrono::system_clock::now() + wait); }

}  // namespace

TEST_CASE("a suspended tenant's worker ends, and its clients are told why and until when") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const auto until = in(1h);
    stage.write("foo/tenant.json", suspended(until));
    const auto stopped = stage.ask("POST", "/tenants/foo/stop");
    REQUIRE(stopped.ok());
    CHECK((*stopped)["state"] == "suspended");
    CHECK((*stopped)["reason"] == "unpaid.");
    CHECK((*stopped)["until"] == until);
    CHECK((*stopped)["pid"].is_null());
    CHECK(stage.gate("foo").admission() == Admission::unavailable);
    CHECK(stage.proxy.entry("foo")->closed_why == "The tenant is suspended: unpaid");
    CHECK(format_time(stage.proxy.entry("foo")->closed_until) == until);
    const auto refused = stage.ask("POST", "/tenants/foo/start");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().place().hint == "mtm resume foo");

    stage.write("foo/tenant.json", "{}");
    CHECK((*stage.ask("POST", "/tenants/foo/sync?serve=1"))["state"] == "idle");
    CHECK(stage.proxy.entry("foo")->closed_why.empty());
    stage.want_until_ready("foo");
}

TEST_CASE("a suspension ends by itself when its time comes, also one that was there when the gateway started") {
    Stage stage;
    stage.write("foo/tenant.json", suspended(in(300ms)));
    stage.write("bar/tenant.json", suspended("2026-01-01"));
    stage.start();
    CHECK(stage.gate("foo").admission() == Admission::unavailable);
    CHECK(stage.state("bar") == "idle");
    stage.until("foo to be served", [&] { return stage.gate("foo").admission() == Admission::cold; });
    CHECK(stage.state("foo") == "idle");
    stage.until("the new entry", [&] { return stage.proxy.entry("foo")->closed_why.empty(); });
    stage.want_until_ready("foo");
}
