#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/settings.hpp"
#include "base/units.hpp"

using namespace mt;

namespace {

JsonFile file_of(const ordered_json& root) { return {"x.json", root.dump(), "x.json"}; }

void put(ordered_json& root, const std::string& key, const json& value) {
    const auto dot = key.find('.');
    (dot == std::string::npos ? root[key] : root[key.substr(0, dot)][key.substr(dot + 1)]) = value;
}

}  // namespace

TEST_CASE("settings_schema: every default is a value that the file may have") {
    ordered_json tenant, gateway;
    std::set<std::string> keys;
    for (const auto& row : settings_schema()) {
        const auto key = row["key"].get<std::string>();
        CAPTURE(key);
        CHECK(keys.insert(key + row["in"].dump()).second);  // `listen` is another thing in each of the two files
        CHECK_FALSE(row["meaning"].get<std::string>().empty());
        for (const auto& in : row["in"]) put(in == "tenant.json" ? tenant : gateway, key, row["default"]);
    }
    const auto read = parse_tenant_config(file_of(tenant));
    CHECK_MESSAGE(read.ok(), (read.ok() ? "" : describe(read.error())));
    LimitsConfig limits;
    for (const char* key : {"listen", "tenants", "socket", "environment", "access_log", "trace", "metrics", "compression"}) CHECK(gateway.contains(key));
    const auto file = file_of(gateway);
    CHECK(read_limits(gateway["limits"], ConfigPlace{file, "/limits"}, true, limits).ok());
    CHECK(merge({}, limits) == Limits{});
    REQUIRE(read.ok());
    CHECK(merge({}, read->limits) == Limits{});
}

TEST_CASE("merge: a tenant's limits go over the gateway's, and those over the defaults") {
    LimitsConfig gateway, tenant;
    gateway.queue = 5;
    gateway.body_bytes = 10;
    tenant.body_bytes = 20;
    tenant.rate = Rate{3, std::chrono::milliseconds{1000}};
    const auto limits = merge(merge({}, gateway), tenant);
    CHECK(limits.queue == 5);
    CHECK(limits.body_bytes == 20);
    CHECK(limits.rate.count == 3);
    CHECK(limits.queue_wait == Limits{}.queue_wait);
}

TEST_CASE("parse_rate and exact_size: what is shown is what is read") {
    for (const char* text : {"100/s", "30/m", "5000/h", "1000000/s", "0"}) {
        const auto rate = parse_rate(text);
        REQUIRE(rate.ok());
        CHECK(format_rate(*rate) == text);
    }
    for (const char* text : {"", "/s", "100", "100/d", "100/ms", "-1/s", "1.5/s", "1000001/s", "100 /s", "99999999999/s"}) {
        CAPTURE(text);
        REQUIRE_FALSE(parse_rate(text).ok());
        CHECK(parse_rate(text).error().code() == Errc::invalid_config);
    }
    for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1000}, std::uint64_t{1} << 10, std::uint64_t{3} << 20, std::uint64_t{1} << 40}) {
        const auto read = parse_size(exact_size(bytes));
        REQUIRE(read.ok());
        CHECK(*read == bytes);
    }
    CHECK(exact_size(64u << 10) == "64KiB");
}

TEST_CASE("limits: values that would break a connection are refused, with the range") {
    for (const std::string text : {R"({"head": "1MiB"})", R"({"head": "10B"})", R"({"fields": 0})", R"({"fields": 201})", R"({"head_timeout": "0"})",
                                   R"({"connect_timeout": "0s"})", R"({"request_line": "65KiB"})", R"({"rate": 100})", R"({"burst": 1000001})"}) {
        CAPTURE(text);
        const JsonFile file{"x.json", text, "x.json"};
        const auto root = parse_config(file);
        REQUIRE(root.ok());
        LimitsConfig limits;
        const auto status = read_limits(*root, ConfigPlace{file, ""}, true, limits);
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().code() == Errc::invalid_config);
    }
}
