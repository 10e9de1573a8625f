#include <doctest/doctest.h>

#include <string>

#include "gateway/proxy/headers.hpp"

using namespace mt::gateway;
using mt::http::Framing;
using mt::http::Head;
using State = mt::http::ScanResult::State;

namespace {

std::string rewrite(const std::string& bytes, std::string_view authority = {}) {
    static Head head;
    REQUIRE(mt::http::scan_request(bytes, head).state == State::complete);
    std::string out;
    rewrite_request(head, {"x?y", authority, "foo", "10.0.0.1", "id1"}, out);
    static Head again;
    REQUIRE(mt::http::scan_request(out, again).state == State::complete);
    CHECK(again.size == out.size());
    CHECK(again.framing == head.framing);
    return out;
}

std::string answer(const std::string& bytes, AnswerFraming framing, bool to_head = false) {
    static Head head;
    REQUIRE(mt::http::scan_response(bytes, head, to_head).state == State::complete);
    std::string out;
    rewrite_answer(head, framing, false, {}, out);
    return out;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("rewrite_request: strips, adds and rebuilds") {
    CHECK(rewrite("GET /foo/x?y HTTP/1.1\r\nHost: a:9\r\nAccept: */*\r\n\r\n") ==
          "GET /x?y HTTP/1.1\r\nHost: a:9\r\nAccept: */*\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a:9\r\n"
          "X-Forwarded-Prefix: /foo\r\nX-Request-Id: id1\r\nVia: 1.1 mtg\r\n\r\n");
    const auto out = rewrite(
        "POST /foo HTTP/1.1\r\nHost: a\r\nConnection: X-Secret, keep-alive, Host, Content-Length, X-Forwarded-For\r\nX-Secret: 1\r\nKeep-Alive: 1\r\n"
        "Proxy-Connection: x\r\nTE: trailers\r\nTrailer: x\r\nUpgrade: h2c\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n"
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Prefix: /evil\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n"
        "X-Tenant: bar\r\nX-Tenant-Id: bar\r\nProxy: evil\r\nContent_Length: 9\r\nVia: 1.0 x\r\nX-Request-Id: bad id\r\nContent-Length: 5\r\n"
        "X-Kept: yes\r\n\r\n");
    for (const char* gone : {"X-Secret", "Keep-Alive", "Proxy-Connection", "TE:", "Trailer", "Upgrade", "evil", "6.6.6.6", "X-Tenant", "Proxy:", "Content_Length",
                             "bad id", "Connection", "https"}) {
        CAPTURE(gone);
        CHECK_FALSE(has(out, gone));
    }
    CHECK(has(out, "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.0.0.1\r\n"));
    CHECK(has(out, "Via: 1.0 x, 1.1 mtg\r\n"));
    CHECK(has(out, "Content-Length: 5\r\n"));
    CHECK(has(out, "Host: a\r\n"));
    CHECK(has(out, "X-Kept: yes\r\n"));
}

TEST_CASE("rewrite_request: host, hops, expectations, upgrades") {
    const auto absolute = rewrite("GET http://b:1/foo HTTP/1.1\r\nHost: a\r\n\r\n", "b:1");
    CHECK(has(absolute, "\r\nHost: b:1\r\n"));
    CHECK(has(absolute, "X-Forwarded-Host: b:1\r\n"));
    CHECK(has(rewrite("GET /foo HTTP/1.0\r\n\r\n"), "\r\nHost: localhost\r\n"));
    CHECK(has(rewrite("OPTIONS /foo HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n"), "Max-Forwards: 2\r\n"));
    CHECK(has(rewrite("POST /foo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"), "Expect: 100-continue\r\n"));
    CHECK_FALSE(has(rewrite("GET /foo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"), "Expect"));
    CHECK(has(rewrite("POST /foo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), "Transfer-Encoding: chunked\r\n"));
    CHECK(has(rewrite("GET /foo HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"), "Connection: upgrade\r\nUpgrade: websocket\r\n"));
    CHECK_FALSE(has(rewrite("GET /foo HTTP/1.1\r\nHost: a\r\nConnection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"), "h2c"));
}

TEST_CASE("rewrite_answer: hop-by-hop fields go, framing is rebuilt") {
    CHECK(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nKeep-Alive: 3\r\n\r\n", {Framing::length, false, false}) ==
          "HTTP/1.1 200 OK\r\nX: y\r\nVia: 1.1 mtg\r\nContent-Length: 5\r\n\r\n");
    CHECK(answer("HTTP/1.0 200 OK\r\nVia: 1.0 y\r\n\r\n", {Framing::chunked, false, false}) ==
          "HTTP/1.1 200 OK\r\nVia: 1.0 y, 1.0 mtg\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {Framing::until_close, true, false}) == "HTTP/1.1 200 OK\r\nVia: 1.1 mtg\r\nConnection: close\r\n\r\n");
    CHECK(has(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {Framing::none, false, false}, true), "Content-Length: 5"));
    CHECK_FALSE(has(answer("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", {}), "Content-Length"));
    CHECK(has(answer("HTTP/1.1 304 X\r\nContent-Length: 9\r\n\r\n", {}), "Content-Length: 9"));
    CHECK(has(answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {Framing::length, false, true}), "Connection: keep-alive"));
}

TEST_CASE("valid_request_id: letters, digits and ._- only") {
    static Head head;
    const auto id = [&](const std::string& value) {
        const auto bytes = "GET / HTTP/1.0\r\nX-Request-Id: " + value + "\r\n\r\n";  // the head views it
        REQUIRE(mt::http::scan_request(bytes, head).state == State::complete);
        return std::string{valid_request_id(head)};
    };
    CHECK(id("abc-1.2_3") == "abc-1.2_3");
    for (const char* bad : {"", "a b", "<x>", "a\"b", "a~b", "a,b"}) CHECK(id(bad).empty());
    CHECK(id(std::string(65, 'a')).empty());
}
