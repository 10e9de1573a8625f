#include "base/cli/tenant_table.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/cli/findings.hpp"
#include "base/cli/top.hpp"

using namespace mt;
using namespace mt::cli;

namespace {

std::string order(const json& rows) {
    std::string out;
    for (const auto& row : rows) out += row["id"].get<std::string>();
    return out;
}

}  // namespace

TEST_CASE("sort_tenants: the most first, what has no figure last, equals by name") {
    auto rows = json::parse(R"([{"id": "a", "p95_ms": null, "requests_per_second": 1.5}, {"id": "d", "p95_ms": 2, "requests_per_second": 7},
                                {"id": "c", "p95_ms": 2.0, "requests_per_second": 0}, {"id": "b", "p95_ms": 10.5}])");
    sort_tenants(rows, *sort_key("p95"));
    CHECK(order(rows) == "bcda");
    sort_tenants(rows, *sort_key('r'));
    CHECK(order(rows) == "dacb");
    sort_tenants(rows, *sort_key("name"));
    CHECK(order(rows) == "abcd");
    CHECK_FALSE(sort_key("p99"));
    CHECK_FALSE(sort_key('q'));  // it ends
}

TEST_CASE("short_time: as many digits as tell something") {
    CHECK(short_time(0.04) == "0.0ms");
    CHECK(short_time(0.84) == "0.8ms");
    CHECK(short_time(9.96) == "10ms");
    CHECK(short_time(999.4) == "999ms");
    CHECK(short_time(1240) == "1.2s");
}

TEST_CASE("top_header: the gateway, and the tenants summed up") {
    const auto data = json::parse(R"({"gateway": {"version": "1", "uptime_ms": 192000, "connections": 3, "requests": 12},
        "tenants": [{"id": "a", "state": "ready", "requests_per_second": 1.5, "memory_bytes": 1048576},
                    {"id": "b", "state": "idle", "memory_bytes": null}]})");
    CHECK(top_header(data) == "mtg 1  up 3m12s  connections 3  requests 12\n2 tenants: 1 idle, 1 ready; 1.5 req/s, 1.0 MiB\n");
}

TEST_CASE("top: refuses an unknown key before it asks for anything, and names the nearest") {
    const auto refused = top(Output{true, true}, {true, "memry", {}},
                             []() -> Result<json> { return Error{Errc::failed, "asked"}; });
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code() == Errc::usage);
    CHECK(refused.error().place().hint == "did you mean 'memory'?");
}

TEST_CASE("render_findings: a fix stands below what it mends") {
    Findings findings;
    findings.ok("kernel", "Linux");
    CHECK_FALSE(findings.failed());
    findings.warn("disk", "10 MiB\nfree", "df -h");
    CHECK_FALSE(findings.failed());
    findings.fail("port", "taken", "ss -ltnp");
    CHECK(findings.failed());
    CHECK(render_findings(findings.rows(), false) ==
          "CHECK   RESULT   FOUND\n"
          "kernel  ok       Linux\n"
          "disk    warning  10 MiB\\nfree\n    fix: df -h\n"
          "port    failed   taken\n    fix: ss -ltnp\n");
}
