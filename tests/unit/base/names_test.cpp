#include <doctest/doctest.h>

#include "base/log.hpp"
#include "base/tenant_id.hpp"
#include "base/units.hpp"

using namespace std::chrono_literals;

TEST_CASE("TenantId: lower-cases what a user typed") {
    const auto id = mt::TenantId::parse("Acme2");
    REQUIRE(id.ok());
    CHECK(id->str() == "acme2");
}

TEST_CASE("TenantId: refuses everything that is not one plain segment") {
    const std::string too_long(64, 'a');
    for (const std::string& text : {std::string{}, std::string{"."}, std::string{".."}, std::string{"a-b"}, std::string{"constructor_"},
                                    std::string{"a/b"}, std::string{"ü"}, std::string{"a b"}, std::string{"%41"}, too_long}) {
        CAPTURE(text);
        const auto id = mt::TenantId::parse(text);
        REQUIRE_FALSE(id.ok());
        CHECK(id.error().code() == mt::Errc::invalid_name);
    }
    CHECK(mt::TenantId::parse(std::string(63, 'a')).ok());
}

TEST_CASE("parse_duration: reads every unit and nothing else") {
    CHECK(*mt::parse_duration("300ms") == 300ms);
    CHECK(*mt::parse_duration("10s") == 10s);
    CHECK(*mt::parse_duration("5m") == 5min);
    CHECK(*mt::parse_duration("1h") == 1h);
    CHECK(*mt::parse_duration("0") == 0ms);
    for (const auto* text : {"", "10", "s", "-1s", "1.5s", "1 s", "99999999999999999999s", "1125899906842624h"}) {
        CAPTURE(text);
        CHECK_FALSE(mt::parse_duration(text).ok());
    }
}

TEST_CASE("format_duration: is read back as it was") {
    for (const auto value : {0ms, 1ms, 1500ms, 10'000ms, 90'000ms, 300'000ms, 3'600'000ms})
        CHECK(*mt::parse_duration(mt::format_duration(value)) == value);
}

TEST_CASE("parse_size: reads bytes and binary units") {
    CHECK(*mt::parse_size("512") == 512);
    CHECK(*mt::parse_size("64KiB") == 65536);
    CHECK(*mt::parse_size("1MiB") == 1048576);
    for (const auto* text : {"", "MiB", "1MB", "1 MiB", "-1"}) {
        CAPTURE(text);
        CHECK_FALSE(mt::parse_size(text).ok());
    }
    CHECK(mt::format_size(1572864) == "1.5 MiB");
}

TEST_CASE("format_time: is RFC 3339 in UTC with milliseconds") {
    CHECK(mt::format_time(std::chrono::system_clock::time_point{1'700'000'000'123ms}) == "2023-11-14T22:13:20.123Z");
}

TEST_CASE("log::quote: a value cannot forge a second field or line") {
    CHECK(mt::log::quote("plain") == "plain");
    CHECK(mt::log::quote("a b=\"c\"\n\x1b") == "\"a b=\\\"c\\\"\\n\\x1b\"");
    CHECK(mt::log::quote("") == "\"\"");
}

TEST_CASE("parse_time: RFC 3339 in any zone, or a date; reads back what format_time writes") {
    const auto at = mt::parse_time("2026-12-01T08:00:00.25Z");
    REQUIRE(at.ok());
    CHECK(mt::format_time(*at) == "2026-12-01T08:00:00.250Z");
    for (const char* same : {"2026-12-01T09:30:00.25+01:30", "2026-12-01t02:00:00.250-06:00", "2026-12-01 08:00:00.2509z"}) {
        CAPTURE(same);
        const auto read = mt::parse_time(same);
        REQUIRE(read.ok());
        CHECK(*read == *at);
    }
    CHECK(mt::format_time(*mt::parse_time("2028-02-29")) == "2028-02-29T00:00:00.000Z");
    for (const char* text : {"", "tomorrow", "2026-12-01T08:00:00", "2026-12-01T08:00Z", "2026-02-30T08:00:00Z", "2026-12-01T24:00:00Z",
                             "2026-12-01T08:00:00.Z", "2026-12-01T08:00:00Zx", "2026-13-01", "2026-12-01T08:00:00+0100", "1969-01-01",
                             "2026-12-01T08:00x00.25"}) {
        CAPTURE(text);
        CHECK(mt::parse_time(text).error().code() == mt::Errc::invalid_config);
    }
}
