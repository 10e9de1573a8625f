#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "gateway/proxy/access_log.hpp"

using namespace mt::gateway;
using mt::http::Head;
using std::chrono::microseconds;
using std::chrono::system_clock;

namespace {

AccessNote note_of(const std::string& bytes) {
    static Head head;
    REQUIRE(mt::http::scan_request(bytes, head).state == mt::http::ScanResult::State::complete);
    return AccessNote{head};
}

const system_clock::time_point k_time{std::chrono::seconds{1'795'264'201}};

AccessLine line() {
    AccessLine line;
    line.tenant = "foo";
    line.peer = "10.0.0.1";
    line.request_id = "abc";
    line.status = 200;
    line.bytes_in = 5;
    line.bytes_out = 1234;
    line.total = microseconds{1'234'567};
    line.queue = microseconds{1'000};
    line.worker = microseconds{20'500};
    return line;
}

}  // namespace

TEST_CASE("put_combined: NCSA's fields, then tenant, id and durations in seconds") {
    std::string out;
    put_combined(note_of("GET /foo/a?b=c HTTP/1.1\r\nHost: h\r\nReferer: http://x/y\r\nUser-Agent: curl/8\r\n\r\n"), line(), k_time, out);
    CHECK(out == "10.0.0.1 - - [21/Nov/2026:12:30:01 +0000] \"GET /foo/a?b=c HTTP/1.1\" 200 1234 \"http://x/y\" \"curl/8\" foo abc 1.234 0.001 0.020\n");
    out.clear();
    AccessLine refused;
    refused.peer = "::1";
    refused.status = 400;
    put_combined({}, refused, k_time, out);
    CHECK(out == "::1 - - [21/Nov/2026:12:30:01 +0000] \"-\" 400 0 \"-\" \"-\" - - 0.000 0.000 0.000\n");
}

TEST_CASE("put_json: one object, durations in milliseconds") {
    std::string out;
    auto traced = line();
    traced.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    put_json(note_of("POST /foo HTTP/1.0\r\nUser-Agent: a\"b\\c\r\n\r\n"), traced, k_time, out);
    CHECK(out.back() == '\n');
    const auto object = nlohmann::json::parse(out);
    CHECK(object["time"] == "2026-11-21T12:30:01.000Z");
    CHECK(object["tenant"] == "foo");
    CHECK(object["request_id"] == "abc");
    CHECK(object["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(object["method"] == "POST");
    CHECK(object["target"] == "/foo");
    CHECK(object["protocol"] == "HTTP/1.0");
    CHECK(object["status"] == 200);
    CHECK(object["bytes_in"] == 5);
    CHECK(object["bytes_out"] == 1234);
    CHECK(object["duration_ms"] == 1234.567);
    CHECK(object["queue_ms"] == 1.0);
    CHECK(object["worker_ms"] == 20.5);
    CHECK(object["user_agent"] == "a\"b\\c");
    CHECK_FALSE(object.contains("referer"));
}

TEST_CASE("access log: no client writes a line, a quote or an escape sequence of its own") {
    for (int c = 1; c < 256; ++c) {
        if (c == '\r' || c == '\n' || (c < 0x20 && c != '\t') || c == 0x7f) continue;  // the scanner refuses them
        AccessNote note;
        note.method = "GET";
        note.target = "/";
        note.user_agent = "x" + std::string(1, static_cast<char>(c)) + "y";
        note.referer = note.user_agent;
        for (const bool json : {false, true}) {
            std::string out;
            (json ? put_json : put_combined)(note, line(), k_time, out);
            CAPTURE(out);
            for (const char byte : out.substr(0, out.size() - 1)) CHECK((byte >= 0x20 && byte < 0x7f));
            if (json) CHECK(nlohmann::json::accept(out));
        }
    }
    AccessNote raw;  // even if it were let through
    raw.method = "GET";
    raw.target = "/\r\n\x1b[2J\"";
    std::string out;
    put_combined(raw, line(), k_time, out);
    CHECK(out.find("\"GET /\\x0D\\x0A\\x1B[2J\\x22 HTTP/1.1\"") != std::string::npos);
    CHECK(std::count(out.begin(), out.end(), '\n') == 1);
}

TEST_CASE("masked_target: what may be a credential is not written") {
    struct Row {
        std::string target, masked;
    };
    for (const auto& row : {Row{"/foo/a?x=1&y", "/foo/a?x=1&y"}, Row{"/foo?access_token=abc", "/foo?access_token=..."},
                            Row{"/foo?a=b&Access%5fToken=abc&c=d", "/foo?a=b&Access%5fToken=...&c=d"}, Row{"/foo?password=x&api_key=y", "/foo?password=...&api_key=..."},
                            Row{"/foo?token", "/foo?token"}, Row{"/foo?token=", "/foo?token=..."}, Row{"/foo/?", "/foo/?"},
                            Row{"/foo/api/AccessTokens/abc/user?x=1", "/foo/api/AccessTokens/.../user?x=1"}, Row{"/foo/api/accessTokens", "/foo/api/accessTokens"},
                            Row{"/", "/"}, Row{"", ""}, Row{"/foo?&&", "/foo?&&"}, Row{"/foo?code=1&state=2", "/foo?code=...&state=2"}}) {
        CAPTURE(row.target);
        CHECK(masked_target(row.target) == row.masked);
    }
    const auto note = note_of("GET / HTTP/1.1\r\nHost: h\r\nReferer: https://ann:secret@x/y?token=abc\r\nAuthorization: abc\r\nCookie: abc\r\n\r\n");
    CHECK(note.referer == "x/y?token=...");
    CHECK(note.target.find("abc") == std::string::npos);
}
