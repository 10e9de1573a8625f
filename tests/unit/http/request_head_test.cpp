#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/http/head.hpp"

using namespace std::string_literals;
using mt::http::FieldName;
using mt::http::Framing;
using mt::http::Head;
using mt::http::scan_request;
using State = mt::http::ScanResult::State;

namespace {

std::string get(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }
std::string post(const std::string& fields) { return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }
std::string line(const std::string& request_line) { return request_line + "\r\nHost: a\r\n\r\n"; }
std::string host(const std::string& value) { return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n"; }

}  // namespace

TEST_CASE("scan_request: refuses what two readers could read in two ways") {
    struct Row {
        std::string bytes;
        unsigned status;
    };
    std::vector<Row> rows{
        // Framing.
        {post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), 400},
        {post("Content-Length: 1\r\nContent-Length: 1\r\n"), 400},
        {post("Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
        {post("Content-Length: 1\r\ncontent-length: 1\r\n"), 400},
        {post("Content-Length: 1, 1\r\n"), 400},
        {post("Content-Length: 1,1\r\n"), 400},
        {post("Content-Length: 1 1\r\n"), 400},
        {post("Content-Length: \r\n"), 400},
        {post("Content-Length:\r\n"), 400},
        {post("Content-Length: +1\r\n"), 400},
        {post("Content-Length: -1\r\n"), 400},
        {post("Content-Length: 0x1\r\n"), 400},
        {post("Content-Length: 1a\r\n"), 400},
        {post("Content-Length: a\r\n"), 400},
        {post("Content-Length: 1.0\r\n"), 400},
        {post("Content-Length: 1e3\r\n"), 400},
        {post("Content-Length: \"1\"\r\n"), 400},
        {post("Content-Length: \xd9\xa1\r\n"), 400},
        {post("Content-Length: 1\v\r\n"), 400},
        {post("Content-Length: 1\f\r\n"), 400},
        {post("Content-Length: 18446744073709551616\r\n"), 400},
        {post("Content-Length: 18446744073709551617\r\n"), 400},
        {post("Content-Length: 9223372036854775808\r\n"), 400},
        {post("Content-Length: 99999999999999999999999999\r\n"), 400},
        {post("Content-Length: 00000000000000000001\r\n"), 400},
        {post("Transfer-Encoding: gzip\r\n"), 400},
        {post("Transfer-Encoding: identity\r\n"), 400},
        {post("Transfer-Encoding: xchunked\r\n"), 400},
        {post("Transfer-Encoding: chunkedx\r\n"), 400},
        {post("Transfer-Encoding: chunke\r\n"), 400},
        {post("Transfer-Encoding: chunked, identity\r\n"), 400},
        {post("Transfer-Encoding: chunked, gzip\r\n"), 400},
        {post("Transfer-Encoding: chunked, chunked\r\n"), 400},
        {post("Transfer-Encoding: chunked,chunked\r\n"), 400},
        {post("Transfer-Encoding: chunked; q=1\r\n"), 400},
        {post("Transfer-Encoding: chunked;\r\n"), 400},
        {post("Transfer-Encoding: \"chunked\"\r\n"), 400},
        {post("Transfer-Encoding: 'chunked'\r\n"), 400},
        {post("Transfer-Encoding: \r\n"), 400},
        {post("Transfer-Encoding:\r\n"), 400},
        {post("Transfer-Encoding: ,\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400},
        {post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 400},
        {post("Transfer-Encoding: chun\x01ked\r\n"), 400},
        {post("Transfer-Encoding: chunked\x0b\r\n"), 400},
        {post("Transfer-Encoding: \x0b" "chunked\r\n"), 400},
        {post("Transfer-Encoding: \xc2\xa0" "chunked\r\n"), 400},
        {post("Transfer-Encoding: gzip, chunked\r\n"), 501},
        {post("Transfer-Encoding: gzip,chunked\r\n"), 501},
        {post("Transfer-Encoding: identity, chunked\r\n"), 501},
        {post("Transfer-Encoding: foo;a=b, chunked\r\n"), 501},
        {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {post("Transfer-Encoding : chunked\r\n"), 400},
        {post("Transfer-Encoding\t: chunked\r\n"), 400},
        {post(" Transfer-Encoding: chunked\r\n"), 400},
        {post("X: a\r\n Transfer-Encoding: chunked\r\n"), 400},
        {post("Transfer-Encoding:\r\n chunked\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n , identity\r\n"), 400},
        {post("Content-Length : 1\r\n"), 400},
        {post("Content-Length\t: 1\r\n"), 400},
        {post("Content-Length\r\n: 1\r\n"), 400},
        {post("X: a\nContent-Length: 1\r\n"), 400},
        {post("X: a\rContent-Length: 1\r\n"), 400},
        {post("X: a\r\rContent-Length: 1\r\n"), 400},
        {post("X: a\r\n\tfolded\r\n"), 400},
        // Line ends.
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
        {"GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\rHost: a\r\n\r\n", 400},
        {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\r\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400},
        // Names.
        {get(": empty\r\n"), 400},
        {get(":\r\n"), 400},
        {get("Na me: x\r\n"), 400},
        {get("Name : x\r\n"), 400},
        {get("Name\r\n"), 400},
        {get("Name;: x\r\n"), 400},
        {get("(Name): x\r\n"), 400},
        {get("Name@x: x\r\n"), 400},
        {get("Na\x01me: x\r\n"), 400},
        {get("Na\x7fme: x\r\n"), 400},
        {get("N\xc3\xa4me: x\r\n"), 400},
        {get("Na\0me: x\r\n"s), 400},
        {get("\"Name\": x\r\n"), 400},
        {get("Na/me: x\r\n"), 400},
        {get("Na[me]: x\r\n"), 400},
        {get("Na{me}: x\r\n"), 400},
        {get("Na,me: x\r\n"), 400},
        {get("Na=me: x\r\n"), 400},
        {get("Na\\me: x\r\n"), 400},
        // Values.
        {get("X: a\0b\r\n"s), 400},
        {get("X: \0\r\n"s), 400},
        {get("X: aaaaaaaaaaaaaaaaaaaaaaa\0b\r\n"s), 400},
        {get("X: a\x01" "b\r\n"), 400},
        {get("X: a\x1f" "b\r\n"), 400},
        {get("X: a\x7f" "b\r\n"), 400},
        {get("X: aaaaaaaaaaaaaaaaaaa\x7f\r\n"), 400},
        {get("X: a\x08\r\n"), 400},
        {get("X: a\x1b[31m\r\n"), 400},
        // Host.
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nX: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET http://a/ HTTP/1.1\r\n\r\n", 400},
        {host(""), 400}, {host(" "), 400}, {host(":80"), 400}, {host("a b"), 400}, {host("a, b"), 400}, {host("a,b"), 400},
        {host("a/b"), 400}, {host("http://a"), 400}, {host("u@a"), 400}, {host("u:p@a"), 400}, {host("a?b"), 400}, {host("a#b"), 400},
        {host("a\\b"), 400}, {host("a:b"), 400}, {host("a:65536"), 400}, {host("a:999999"), 400}, {host("a:-1"), 400},
        {host("a:80:80"), 400}, {host("[::1"), 400}, {host("::1"), 400}, {host("[]"), 400}, {host("[::1]x"), 400}, {host("[zz::1]"), 400},
        {host("a%"), 400}, {host("a%2"), 400}, {host("a%zz"), 400}, {host("\xc3\xa4"), 400}, {host("a;b"), 400}, {host("a\tb"), 400},
        {host("<a>"), 400}, {host("a'b"), 400}, {host("a\"b"), 400}, {host(std::string(256, 'a')), 400},
        // Request line.
        {line("GET /"), 400}, {line("GET / "), 400}, {line("GET  / HTTP/1.1"), 400}, {line("GET /  HTTP/1.1"), 400},
        {line("GET / HTTP/1.1 "), 400}, {line("GET\t/ HTTP/1.1"), 400}, {line("GET /\tHTTP/1.1"), 400}, {line(" GET / HTTP/1.1"), 400},
        {line("/ HTTP/1.1"), 400}, {line("GET HTTP/1.1"), 400}, {line("GET"), 400}, {line("GET / a HTTP/1.1"), 400},
        {line("GET / http/1.1"), 400}, {line("GET / HTTP/1"), 400}, {line("GET / HTTP/1.1.1"), 400}, {line("GET / HTTP/11"), 400},
        {line("GET / HTTP/x.1"), 400}, {line("GET / HTTP/1.x"), 400}, {line("GET / HTTP 1.1"), 400}, {line("GET / HTTPS/1.1"), 400},
        {line("GET / XHTTP/1.1"), 400}, {line("GET / HTTP/01.1"), 400}, {line("GET / HTTP/1.01"), 400}, {line("GET / HTTP/ 1.1"), 400},
        {line("GET / HTTP/1.1\x80"), 400}, {line("GET / HTTP/1,1"), 400}, {line("GET / \x80HTTP/1.1"), 400},
        {line("GET / HTTP/2.0"), 505}, {line("GET / HTTP/1.2"), 505}, {line("GET / HTTP/1.9"), 505}, {line("GET / HTTP/0.9"), 505},
        {line("GET / HTTP/3.0"), 505}, {line("GET / HTTP/0.0"), 505}, {line("GET / HTTP/9.9"), 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"GET /\r\n", 400}, {"GET /\n", 400},
        {line("G@T / HTTP/1.1"), 400}, {line("G(T / HTTP/1.1"), 400}, {line("G:T / HTTP/1.1"), 400}, {line("\x16\x03\x01 / HTTP/1.1"), 400},
        {line("G\xc3\x84T / HTTP/1.1"), 400}, {line("G\x01T / HTTP/1.1"), 400}, {line("\"GET\" / HTTP/1.1"), 400}, {line("GET, / HTTP/1.1"), 400},
        {line("CONNECT a:80 HTTP/1.1"), 501}, {line("CONNECT / HTTP/1.1"), 501}, {line("CONNECT * HTTP/1.1"), 501},
        // Targets.
        {line("GET a HTTP/1.1"), 400}, {line("GET a:80 HTTP/1.1"), 400}, {line("GET * HTTP/1.1"), 400}, {line("POST * HTTP/1.1"), 400},
        {line("OPTIONS ** HTTP/1.1"), 400}, {line("OPTIONS *x HTTP/1.1"), 400}, {line("GET ?a HTTP/1.1"), 400}, {line("GET . HTTP/1.1"), 400},
        {line("GET \\ HTTP/1.1"), 400}, {line("GET /a#b HTTP/1.1"), 400}, {line("GET # HTTP/1.1"), 400}, {line("GET /\xc3\xa4 HTTP/1.1"), 400},
        {line("GET /\x80 HTTP/1.1"), 400}, {line("GET /\xff HTTP/1.1"), 400}, {line("GET /\x7f HTTP/1.1"), 400}, {line("GET /\x01 HTTP/1.1"), 400},
        {line("GET /\0 HTTP/1.1"s), 400}, {line("GET /?q=\x80 HTTP/1.1"), 400}, {line("GET /\x1f HTTP/1.1"), 400},
        {line("GET http:/a HTTP/1.1"), 400}, {line("GET http:// HTTP/1.1"), 400}, {line("GET http:/// HTTP/1.1"), 400},
        {line("GET http://?a HTTP/1.1"), 400}, {line("GET http://u@a/ HTTP/1.1"), 400}, {line("GET http://a:b/ HTTP/1.1"), 400},
        {line("GET http://a,b/ HTTP/1.1"), 400}, {line("GET ftp://a/ HTTP/1.1"), 400}, {line("GET file:///etc HTTP/1.1"), 400},
        {line("GET http:a HTTP/1.1"), 400}, {line("GET //http://a HTTP/1.1\x01"), 400}, {line("GET ://a HTTP/1.1"), 400},
        {line("GET http://a\\b/ HTTP/1.1"), 400},
        // Expectations.
        {post("Expect: 200-ok\r\n"), 417}, {post("Expect: 100-continue, x\r\n"), 417}, {post("Expect:\r\n"), 417},
        // Limits.
        {line("GET /" + std::string(8200, 'a') + " HTTP/1.1"), 414},
        {"GET /" + std::string(9000, 'a'), 414},
        {std::string(9000, 'G'), 414},
        {get("X: " + std::string(17000, 'a') + "\r\n"), 431},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17000, 'a'), 431},
        {"GET / HTTP/1.1\r\nHost: a\r\n" + std::string(17000, 'a'), 431},
    };
    std::string many;
    for (int i = 0; i < 100; ++i) many += "X: a\r\n";
    rows.push_back({get(many), 431});
    for (int c = 0; c < 0x20; ++c) {
        if (c == '\t') continue;
        rows.push_back({get("X: 1234567890" + std::string(1, static_cast<char>(c)) + "1234567890\r\n"), 400});
        rows.push_back({get("X" + std::string(1, static_cast<char>(c)) + "Y: 1\r\n"), 400});
        rows.push_back({line("GET /" + std::string(1, static_cast<char>(c)) + " HTTP/1.1"), 400});
    }
    Head head;
    for (const auto& row : rows) {
        CAPTURE(row.bytes);
        const auto result = scan_request(row.bytes, head);
        CHECK(result.state == State::invalid);
        CHECK(result.status == row.status);
        CHECK(result.why[0] != '\0');
    }
    CHECK(rows.size() > 250);
}

TEST_CASE("scan_request: reads what is valid") {
    struct Row {
        std::string bytes;
        Framing framing;
        std::uint64_t length;
        bool keep_alive;
    };
    const Row rows[] = {
        {get(""), Framing::none, 0, true},
        {"\r\n" + get(""), Framing::none, 0, true},
        {get("Connection: close\r\n"), Framing::none, 0, false},
        {get("Connection: CLOSE\r\n"), Framing::none, 0, false},
        {get("Connection: x, close\r\n"), Framing::none, 0, false},
        {get("Connection: keep-alive, close\r\n"), Framing::none, 0, false},
        {get("Connection: x\r\nConnection: close\r\n"), Framing::none, 0, false},
        {get("Connection: keep-alive\r\n"), Framing::none, 0, true},
        {get("Connection: closed\r\n"), Framing::none, 0, true},
        {get("Connection: \r\n"), Framing::none, 0, true},
        {get("Connection: ,,\r\n"), Framing::none, 0, true},
        {"GET / HTTP/1.0\r\n\r\n", Framing::none, 0, false},
        {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", Framing::none, 0, false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Framing::none, 0, true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", Framing::none, 0, false},
        {post("Content-Length: 0\r\n"), Framing::length, 0, true},
        {post("Content-Length: 12\r\n"), Framing::length, 12, true},
        {post("Content-Length: 012\r\n"), Framing::length, 12, true},
        {post("Content-Length:12\r\n"), Framing::length, 12, true},
        {post("Content-Length:\t12 \t\r\n"), Framing::length, 12, true},
        {post("content-length: 999999999999999999\r\n"), Framing::length, 999999999999999999u, true},
        {post("Transfer-Encoding: chunked\r\n"), Framing::chunked, 0, true},
        {post("transfer-encoding: Chunked\r\n"), Framing::chunked, 0, true},
        {post("TRANSFER-ENCODING:chunked\r\n"), Framing::chunked, 0, true},
        {post("Transfer-Encoding: chunked ,\r\n"), Framing::chunked, 0, true},
        {"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n", Framing::length, 3, false},
        {get("X:\r\n"), Framing::none, 0, true},
        {get("X: \r\n"), Framing::none, 0, true},
        {get("X: a\tb\r\n"), Framing::none, 0, true},
        {get("X: 12345678901234567890\tb234567890\r\n"), Framing::none, 0, true},
        {get("X: \xc3\xa4\xff\x80\r\n"), Framing::none, 0, true},
        {get("X: \xc3\xa4\xff\x80\xc3\xa4\xff\x80\xc3\xa4\xff\x80\xc3\xa4\xff\x80\r\n"), Framing::none, 0, true},
        {get("!#$%&'*+-.^`|~09azAZ: x\r\n"), Framing::none, 0, true},
        {host("a.example.com"), Framing::none, 0, true},
        {host("a.example.com:9000"), Framing::none, 0, true},
        {host("a:"), Framing::none, 0, true},
        {host("a:65535"), Framing::none, 0, true},
        {host("127.0.0.1:9000"), Framing::none, 0, true},
        {host("[::1]"), Framing::none, 0, true},
        {host("[::1]:9000"), Framing::none, 0, true},
        {host("a_b"), Framing::none, 0, true},
        {host("a%20b"), Framing::none, 0, true},
        {host("  a  "), Framing::none, 0, true},
        {line("OPTIONS * HTTP/1.1"), Framing::none, 0, true},
        {line("OPTIONS /x HTTP/1.1"), Framing::none, 0, true},
        {line("PATCH /x HTTP/1.1"), Framing::none, 0, true},
        {line("M-SEARCH /x HTTP/1.1"), Framing::none, 0, true},
        {line("get /x HTTP/1.1"), Framing::none, 0, true},
        {line("GET http://a HTTP/1.1"), Framing::none, 0, true},
        {line("GET http://a?b HTTP/1.1"), Framing::none, 0, true},
        {line("GET http://a:1/b HTTP/1.1"), Framing::none, 0, true},
        {line("GET HTTPS://a/b HTTP/1.1"), Framing::none, 0, true},
        {line("GET http://[::1]:1/b HTTP/1.1"), Framing::none, 0, true},
        {line("GET //a HTTP/1.1"), Framing::none, 0, true},
        {line("GET /?filter={\"where\":{\"a\":[1]}} HTTP/1.1"), Framing::none, 0, true},
        {line("GET /%00%zz% HTTP/1.1"), Framing::none, 0, true},
        {line("GET /" + std::string(8100, 'a') + " HTTP/1.1"), Framing::none, 0, true},
        {get("X: " + std::string(16000, 'a') + "\r\n"), Framing::none, 0, true},
    };
    Head head;
    for (const auto& row : rows) {
        CAPTURE(row.bytes);
        const auto result = scan_request(row.bytes + "GET /next", head);
        CAPTURE(result.why);
        REQUIRE(result.state == State::complete);
        CHECK(head.framing == row.framing);
        CHECK(head.content_length == row.length);
        CHECK(head.keep_alive == row.keep_alive);
        CHECK(head.size == row.bytes.size());
    }
}

TEST_CASE("scan_request: every prefix of a valid head is incomplete") {
    const auto whole = "\r\nPOST /foo/api?x=1 HTTP/1.1\r\nHost: a:1\r\nX: a\tb \r\nContent-Length: 5\r\n\r\n"s;
    Head head;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        CHECK(scan_request(std::string_view{whole}.substr(0, length), head).state == State::incomplete);
    }
    REQUIRE(scan_request(whole, head).state == State::complete);
    CHECK(head.method == "POST");
    CHECK(head.target == "/foo/api?x=1");
    CHECK(head.version_minor == 1);
    REQUIRE(head.fields().size() == 3);
    CHECK(head.fields()[1].name == "X");
    CHECK(head.fields()[1].value == "a\tb");
    REQUIRE(head.find(FieldName::host));
    CHECK(head.find(FieldName::host)->value == "a:1");
    CHECK_FALSE(head.find(FieldName::via));
}

TEST_CASE("scan_request: knows the fields it cares for, in any case") {
    const std::pair<const char*, FieldName> rows[] = {
        {"accept", FieldName::accept}, {"authorization", FieldName::authorization}, {"connection", FieldName::connection},
        {"content-type", FieldName::content_type}, {"cookie", FieldName::cookie}, {"forwarded", FieldName::forwarded},
        {"if-none-match", FieldName::if_none_match}, {"keep-alive", FieldName::keep_alive}, {"max-forwards", FieldName::max_forwards},
        {"origin", FieldName::origin}, {"proxy", FieldName::proxy}, {"proxy-connection", FieldName::proxy_connection},
        {"te", FieldName::te}, {"trailer", FieldName::trailer}, {"upgrade", FieldName::upgrade}, {"user-agent", FieldName::user_agent},
        {"via", FieldName::via}, {"x-forwarded-for", FieldName::x_forwarded_for}, {"x-forwarded-host", FieldName::x_forwarded_host},
        {"x-forwarded-prefix", FieldName::x_forwarded_prefix}, {"x-forwarded-proto", FieldName::x_forwarded_proto},
        {"x-real-ip", FieldName::x_real_ip}, {"x-request-id", FieldName::x_request_id}, {"x-tenant", FieldName::x_tenant},
        {"x-tenant-id", FieldName::x_tenant}, {"X-Client-Cert", FieldName::x_client_cert}, {"x-client-cert-subject", FieldName::x_client_cert}, {"x-client-cer", FieldName::other}, {"x-tenantx", FieldName::x_tenant}, {"x_forwarded_for", FieldName::underscored},
        {"content_length", FieldName::underscored}, {"x-tenant_id", FieldName::underscored}, {"x-tenan", FieldName::other},
        {"vib", FieldName::other}, {"tf", FieldName::other}, {"x", FieldName::other}, {"hosts", FieldName::other},
        {"xcontent-length", FieldName::other}, {"content-lengthx", FieldName::other}, {"x-forwarded-fox", FieldName::other},
        {"accepz", FieldName::other}, {"expecz", FieldName::other}, {"proxz", FieldName::other}, {"transfer-encodinh", FieldName::other},
    };
    Head head;
    for (const auto& [name, id] : rows) {
        CAPTURE(name);
        std::string upper{name};
        for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 0x20 : c);
        for (const std::string& spelling : {std::string{name}, upper}) {
            const auto bytes = "GET / HTTP/1.0\r\n" + spelling + ": x\r\n\r\n";
            REQUIRE(scan_request(bytes, head).state == State::complete);
            CHECK(head.fields()[0].id == id);
        }
    }
}

TEST_CASE("scan_request: expectations and upgrades") {
    Head head;
    const auto scan = [&](const std::string& bytes) { REQUIRE(scan_request(bytes, head).state == State::complete); };
    scan(post("Expect: 100-Continue\r\nContent-Length: 1\r\n"));
    CHECK(head.expect_continue);
    scan("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    CHECK_FALSE(head.expect_continue);
    scan(get("Connection: Upgrade\r\nUpgrade: WebSocket\r\n"));
    CHECK(head.upgrade_websocket);
    scan(get("Upgrade: websocket\r\n"));
    CHECK_FALSE(head.upgrade_websocket);
    scan(get("Connection: upgrade\r\n"));
    CHECK_FALSE(head.upgrade_websocket);
    scan(get("Connection: upgrade\r\nUpgrade: h2c\r\n"));
    CHECK_FALSE(head.upgrade_websocket);
    scan(get("Connection: upgrade\r\nUpgrade: h2c, websocket\r\n"));
    CHECK_FALSE(head.upgrade_websocket);
    scan(get("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n"));
    CHECK_FALSE(head.upgrade_websocket);
    scan(post("Connection: upgrade\r\nUpgrade: websocket\r\n"));
    CHECK_FALSE(head.upgrade_websocket);
    scan("GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    CHECK_FALSE(head.upgrade_websocket);
}
