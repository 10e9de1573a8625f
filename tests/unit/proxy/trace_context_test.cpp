#include <doctest/doctest.h>

#include <random>
#include <set>
#include <vector>

#include "gateway/proxy/trace_context.hpp"

using namespace mt::gateway;
using mt::http::Head;

namespace {

std::string g_bytes;  // the head views it
TraceContext trace_of(const std::string& fields) {
    static Head head;
    static std::mt19937_64 random{1};
    g_bytes = "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
    REQUIRE(mt::http::scan_request(g_bytes, head).state == mt::http::ScanResult::State::complete);
    TraceContext trace;
    trace.set(head, random);
    return trace;
}

const std::string k_id = "4bf92f3577b34da6a3ce929d0e0e4736", k_parent = "00f067aa0ba902b7";

}  // namespace

TEST_CASE("TraceContext: of a valid traceparent the trace goes on, under a parent id of ours") {
    const auto trace = trace_of("traceparent: 00-" + k_id + "-" + k_parent + "-01\r\ntracestate: a=1\r\n");
    CHECK(trace.trace_id() == k_id);
    CHECK(trace.span_id() != k_parent);
    CHECK(trace.traceparent() == "00-" + k_id + "-" + std::string{trace.span_id()} + "-01");
    CHECK(trace.keep_state());
    CHECK(trace_of("Traceparent: 00-" + k_id + "-" + k_parent + "-00\r\n").traceparent().ends_with("-00"));
    CHECK(trace_of("traceparent: 00-" + k_id + "-" + k_parent + "-ff\r\n").traceparent().ends_with("-01"));
    CHECK(trace_of("traceparent: 00-" + k_id + "-" + k_parent + "-0a\r\n").traceparent().ends_with("-00"));
}

TEST_CASE("TraceContext: of a later version, what ours has in common with it") {
    for (const char* tail : {"", "-", "-what-the-future-brings"}) {
        const auto trace = trace_of("traceparent: cc-" + k_id + "-" + k_parent + "-01" + tail + "\r\n");
        CHECK(trace.trace_id() == k_id);
        CHECK(trace.traceparent().starts_with("00-"));
        CHECK(trace.traceparent().size() == 55);
    }
}

TEST_CASE("TraceContext: without a valid traceparent a trace begins, and no tracestate belongs to it") {
    const std::string zeros(32, '0');
    for (const std::string& value : std::vector<std::string>{"", "00", "x", "00-" + k_id + "-" + k_parent, "00-" + k_id + "-" + k_parent + "-01-", "00-" + k_id + "-" + k_parent + "-01-x",
                                    "ff-" + k_id + "-" + k_parent + "-01", "cc-" + k_id + "-" + k_parent + "-01.x", "0g-" + k_id + "-" + k_parent + "-01",
                                    "00-" + zeros + "-" + k_parent + "-01", "00-" + k_id + "-0000000000000000-01", "00-" + k_id + "-" + k_parent + "-0",
                                    "00-" + k_id + "-" + k_parent + "-0x", "00_" + k_id + "-" + k_parent + "-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + k_parent + "-01"}) {
        CAPTURE(value);
        const auto trace = trace_of("traceparent: " + value + "\r\ntracestate: a=1\r\n");
        CHECK(trace.trace_id() != k_id);
        CHECK(trace.trace_id().size() == 32);
        CHECK(trace.trace_id().find_first_not_of("0123456789abcdef") == std::string_view::npos);
        CHECK(trace.traceparent().ends_with("-00"));
        CHECK_FALSE(trace.keep_state());
    }
    const auto twice = "traceparent: 00-" + k_id + "-" + k_parent + "-01\r\n";
    CHECK(trace_of(twice + twice).trace_id() != k_id);
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) ids.insert(std::string{trace_of("").traceparent()});
    CHECK(ids.size() == 100);
    CHECK(TraceContext{}.traceparent().empty());
}
