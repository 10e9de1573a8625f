#include <doctest/doctest.h>

#include <algorithm>

#include "base/isolation_order.hpp"
#include "base/uid_range.hpp"
#include "base/units.hpp"
#include "tenant-app/sandbox/plan.hpp"

using namespace mt;
using namespace mt::app;

TEST_CASE("isolation_text: reads back as it was") {
    IsolationOrder order;
    order.uid = 300'001;
    order.memory_bytes = 1u << 20;
    order.cpu_percent = 50;
    order.pids = 7;
    order.open_files = 100;
    order.cgroups = {{"pids", "/sys/fs/cgroup/pids/x/tasks", ""}, {"cpu", "", "not \"here\"\n"}};
    const auto text = isolation_text(order);
    CHECK(text.find('\n') == std::string::npos);
    const auto back = parse_isolation(text);
    REQUIRE(back.ok());
    CHECK(*back == order);
    CHECK(*parse_isolation(isolation_text({})) == IsolationOrder{});
}

TEST_CASE("parse_isolation: what no gateway of this version writes is an error") {
    for (const std::string text : {"", "{", "[]", "{}", R"({"off": "no"})"}) {
        CAPTURE(text);
        const auto order = parse_isolation(text);
        REQUIRE_FALSE(order.ok());
        CHECK(order.error().code() == Errc::bad_request);
    }
}

TEST_CASE("parse_uid_range: two numbers, the smaller first, none of the system's") {
    CHECK(*parse_uid_range("300000-300009") == UidRange{300'000, 300'009});
    CHECK(parse_uid_range("300000-300009")->size() == 10);
    CHECK(parse_uid_range("5000-5000")->has(5000));
    CHECK_FALSE(parse_uid_range("5000-5000")->has(5001));
    for (const auto* text : {"", "5", "5000-", "-5000", "5000-4999", "0-70000", "999-2000", "5000-4294967295", "a-b", "5000-6000x", " 5000-6000"})
        CHECK_FALSE(parse_uid_range(text).ok());
}

TEST_CASE("parse_cpu: per cent of one processor") {
    CHECK(parse_cpu("50%")->percent == 50);
    CHECK(parse_cpu("0")->percent == 0);
    CHECK(format_cpu(*parse_cpu("200%")) == "200%");
    CHECK(format_cpu({}) == "0");
    for (const auto* text : {"", "%", "50", "0%", "-5%", "1.5%", "100001%"}) CHECK_FALSE(parse_cpu(text).ok());
}

TEST_CASE("plan_for_worker: no program and no socket unless it has mail to deliver") {
    const auto plan = sandbox::plan_for_worker({}, "/t/foo", {{"/t/foo/data"}, {}}, "/opt/bin");
    CHECK(plan.runs.empty());
    REQUIRE(plan.ports);
    CHECK(plan.ports->empty());
    const auto mail = sandbox::plan_for_worker({}, "/t/foo", {{"/t/foo/data"}, 587}, "/opt/bin");
    CHECK(mail.runs == std::vector<std::filesystem::path>{"/opt/bin/tenant-mail"});
    CHECK(*mail.ports == std::vector<std::uint16_t>{587, 53});
    CHECK(mail.readable.size() > plan.readable.size());
}

TEST_CASE("plan_for_program: /etc as a whole only for a user that sees no secrets in it") {
    const auto plan = sandbox::plan_for_program({}, "/t/foo");
    CHECK(std::find(plan.readable.begin(), plan.readable.end(), "/etc") == plan.readable.end());
    CHECK(plan.readable_as_own_user == std::vector<std::filesystem::path>{"/etc"});
    CHECK_FALSE(plan.ports);
}
