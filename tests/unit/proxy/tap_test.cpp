#include "gateway/proxy/tap.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace mt::gateway;
using namespace std::chrono_literals;

TEST_CASE("parse_statuses: numbers and classes, and nothing else") {
    using Ranges = std::vector<std::pair<unsigned, unsigned>>;
    CHECK(*parse_statuses("5xx") == Ranges{{500, 599}});
    CHECK(*parse_statuses("404,429,2xx") == Ranges{{404, 404}, {429, 429}, {200, 299}});
    for (const char* text : {"", "6xx", "xx", "99", "600", "4x", "404,", ",404", "404;", "abc", "-5xx", "5XX"}) {
        CAPTURE(text);
        CHECK(parse_statuses(text).error().code() == mt::Errc::usage);
    }
}

TEST_CASE("Tap: wants its tenant's requests, slow enough and with these statuses") {
    Tap tap{"foo", 200ms, {{500, 599}, {404, 404}}, {}};
    AccessLine line;
    line.tenant = "foo";
    line.status = 503;
    line.total = 200ms;
    CHECK(tap.wants(line));
    line.status = 404;
    CHECK(tap.wants(line));
    line.status = 405;
    CHECK_FALSE(tap.wants(line));
    line.status = 500;
    line.total = 199ms;
    CHECK_FALSE(tap.wants(line));
    line.total = 1s;
    line.tenant = "bar";
    CHECK_FALSE(tap.wants(line));
    CHECK(Tap{"bar", 0ms, {}, {}}.wants(line));
}

TEST_CASE("tap_line: one object, the wait for a process apart from that for a place, bytes that are no UTF-8 replaced") {
    AccessNote note;
    note.method = "GET";
    note.target = "/foo/\xff";
    AccessLine line;
    line.tenant = "foo";
    line.peer = "127.0.0.1";
    line.status = 200;
    line.bytes_out = 12;
    line.total = 12'345us;
    line.queue = 4'000us;
    line.worker = 8'000us;
    const auto text = tap_line(note, line, 3'500us, std::chrono::system_clock::time_point{});
    CHECK(text.find('\n') == std::string::npos);
    const auto object = nlohmann::json::parse(text);
    CHECK(object["time"] == "1970-01-01T00:00:00.000Z");
    CHECK(object["id"] == "foo");
    CHECK(object["path"] == "/foo/\xef\xbf\xbd");
    CHECK(object["total_ms"] == 12.345);
    CHECK(object["queue_ms"] == 0.5);
    CHECK(object["cold_start_ms"] == 3.5);
    CHECK(object["worker_ms"] == 8.0);
    CHECK(object["bytes_out"] == 12);
}
