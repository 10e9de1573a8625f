#include <doctest/doctest.h>

#include <string>

#include "base/http/head.hpp"

using namespace std::string_literals;
using mt::http::Framing;
using mt::http::Head;
using mt::http::scan_response;
using State = mt::http::ScanResult::State;

namespace {
std::string ok(const std::string& fields) { return "HTTP/1.1 200 OK\r\n" + fields + "\r\n"; }
}  // namespace

TEST_CASE("scan_response: refuses what a client could misread") {
    const std::string rows[] = {
        "HTTP/1.1 99 X\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 -20 OK\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n", "HTTP/1.1200 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/0.9 200 OK\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "HTTPS/1.1 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n",
        "<html>", "\r\nHTTP/1.1 200 OK\r\n\r\n", " HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 O\x01K\r\n\r\n", "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 OK\r\nX: a\n\r\n", "HTTP/1.1 200 O\rK\r\n\r\n", "HTTP/1.1 200 O\0K\r\n\r\n"s, "HTTP/1.1 200\tOK\r\n\r\n",
        ok("Content-Length: 1\r\nContent-Length: 1\r\n"), ok("Content-Length: 1\r\nContent-Length: 2\r\n"), ok("Content-Length: 1, 1\r\n"),
        ok("Content-Length: -1\r\n"), ok("Content-Length: +1\r\n"), ok("Content-Length: x\r\n"), ok("Content-Length:\r\n"),
        ok("Content-Length: 99999999999999999999\r\n"), ok("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
        ok("Transfer-Encoding: gzip\r\n"), ok("Transfer-Encoding: gzip, chunked\r\n"), ok("Transfer-Encoding: chunked, gzip\r\n"),
        ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), ok("Transfer-Encoding: xchunked\r\n"),
        ok("Transfer-Encoding: identity\r\n"), "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ok("X : a\r\n"), ok(" X: a\r\n"),
        ok("X: a\r\n folded\r\n"), ok("X\r\n"), ok(": x\r\n"), ok("X: a\0\r\n"s), ok("X: a\x7f\r\n"), ok("X y: a\r\n"),
        "HTTP/1.1 304 Not Modified\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: gzip\r\n\r\n",
        ok("X: " + std::string(17000, 'a') + "\r\n"), "HTTP/1.1 200 " + std::string(17000, 'a'),
    };
    Head head;
    for (const auto& row : rows)
        for (const bool to_head : {false, true}) {
            CAPTURE(row);
            const auto result = scan_response(row, head, to_head);
            CHECK(result.state == State::invalid);
            CHECK(result.status == 502);
            CHECK(result.why[0] != '\0');
        }
}

TEST_CASE("scan_response: framing by status, method and fields") {
    struct Row {
        std::string bytes;
        bool to_head;
        Framing framing;
        bool keep_alive;
    };
    const Row rows[] = {
        {ok("Content-Length: 5\r\n"), false, Framing::length, true},
        {ok("Content-Length: 5\r\n"), true, Framing::none, true},
        {ok("Content-Length: 0\r\n"), false, Framing::length, true},
        {ok("Transfer-Encoding: chunked\r\n"), false, Framing::chunked, true},
        {ok("Transfer-Encoding: chunked\r\n"), true, Framing::none, true},
        {ok(""), false, Framing::until_close, false},
        {ok(""), true, Framing::none, true},
        {ok("Content-Length: 5\r\nConnection: close\r\n"), false, Framing::length, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false, Framing::length, false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", false, Framing::length, true},
        {"HTTP/1.0 200 OK\r\n\r\n", false, Framing::until_close, false},
        {"HTTP/1.1 204 No Content\r\n\r\n", false, Framing::none, true},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false, Framing::none, true},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", false, Framing::none, false},
        {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", false, Framing::none, false},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false, Framing::none, true},
        {"HTTP/1.1 100 Continue\r\n\r\n", false, Framing::none, true},
        {"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", false, Framing::none, true},
        {"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n", false, Framing::length, true},
        {"HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\n", false, Framing::length, true},
        {"HTTP/1.1 599 \xc3\xa4\r\nContent-Length: 1\r\n\r\n", false, Framing::length, true},
    };
    Head head;
    for (const auto& row : rows) {
        CAPTURE(row.bytes);
        for (std::size_t length = 0; length < row.bytes.size(); ++length)
            CHECK(scan_response(std::string_view{row.bytes}.substr(0, length), head, row.to_head).state == State::incomplete);
        const auto result = scan_response(row.bytes + "rest", head, row.to_head);
        REQUIRE(result.state == State::complete);
        CHECK(head.framing == row.framing);
        CHECK(head.keep_alive == row.keep_alive);
        CHECK(head.size == row.bytes.size());
    }
    REQUIRE(scan_response("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", head, false).state == State::complete);
    CHECK(head.upgrade_websocket);
    CHECK(head.status == 101);
    CHECK(head.reason == "Switching Protocols");
}
