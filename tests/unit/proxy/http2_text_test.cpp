#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/http/head.hpp"
#include "gateway/proxy/http2/allowance.hpp"
#include "gateway/proxy/http2/answer_text.hpp"
#include "gateway/proxy/http2/byte_queue.hpp"
#include "gateway/proxy/http2/request_text.hpp"

using namespace mt;
using namespace mt::gateway;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields k_get{{":method", "GET"}, {":scheme", "https"}, {":path", "/foo?x"}, {":authority", "h.test"}};

/// The HTTP/1.1 head of these fields behind a plain GET's, or "" if they are refused.
std::string with(const Fields& more, bool has_body = false) {
    RequestText request{16u << 10};
    for (const auto& list : {k_get, more})
        for (const auto& [name, value] : list)
            if (!request.add(name, value)) return "";
    return request.finish(has_body);
}

}  // namespace

TEST_CASE("RequestText: a request is the same in HTTP/1.1") {
    CHECK(with({}) == "GET /foo?x HTTP/1.1\r\nhost: h.test\r\n\r\n");
    CHECK(with({{"accept", "*/*"}, {"te", "trailers"}}) == "GET /foo?x HTTP/1.1\r\nhost: h.test\r\naccept: */*\r\n\r\n");
    CHECK(with({{"cookie", "a=1"}, {"x", ""}, {"cookie", "b=2"}}) == "GET /foo?x HTTP/1.1\r\nhost: h.test\r\nx: \r\ncookie: a=1; b=2\r\n\r\n");
    CHECK(with({}, true).ends_with("transfer-encoding: chunked\r\n\r\n"));
    CHECK(with({{"content-length", "3"}}, true).ends_with("\r\ncontent-length: 3\r\n\r\n"));
    CHECK(with({{"host", "h.test"}}) == with({}));
}

TEST_CASE("RequestText: what would be read differently by others is refused") {
    for (const auto& field : Fields{{"x", "a\r\nb: c"}, {"x", "a\nb"}, {"x", std::string("a\0b", 3)}, {"X", "1"}, {"a b", "1"}, {"a:b", "1"}, {"", "1"},
                                    {"connection", "close"}, {"transfer-encoding", "chunked"}, {"upgrade", "h2c"}, {"keep-alive", "1"},
                                    {"proxy-connection", "1"}, {"te", "gzip"}, {"host", "other.test"}, {":path", "/again"}, {":method", "GET"},
                                    {":scheme", "ftp"}, {":protocol", "websocket"}, {":status", "200"}}) {
        CAPTURE(field.first);
        CAPTURE(field.second);
        CHECK(with({field}).empty());
    }
    CHECK(with({{"content-length", "1"}, {"content-length", "1"}}).empty());
    for (const char* path : {"/a b", "/a\r\nHost: x", "/\x7f", ""}) {
        RequestText request{1000};
        CHECK(request.add(":method", "GET"));
        CHECK_FALSE(request.add(":path", path));
    }
}

TEST_CASE("RequestText: the head is bounded, and the rest is not kept") {
    RequestText request{200};
    for (int i = 0; i < 100; ++i) CHECK(request.add("x", std::string(1000, 'y')));
    CHECK(request.too_large());
}

TEST_CASE("AnswerText: heads and bodies come out, however the bytes are cut") {
    const std::string chunked = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    const std::string length = "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nabcde";
    for (const auto& text : {chunked, length})
        for (std::size_t step = 1; step <= text.size(); ++step) {
            std::vector<unsigned> statuses;
            std::string body;
            AnswerText answer{false, [&](const http::Head& head) { statuses.push_back(head.status); }};
            for (std::size_t at = 0; at < text.size(); at += step) REQUIRE(answer.take(std::string_view{text}.substr(at, step), body));
            CHECK(answer.ended());
            CHECK(body == "abcde");
            CHECK(statuses == (text == chunked ? std::vector<unsigned>{103, 200} : std::vector<unsigned>{201}));
        }
}

TEST_CASE("AnswerText: an answer to HEAD has no body, and what is no answer is refused") {
    std::string body;
    AnswerText head{true, [](const http::Head&) {}};
    CHECK(head.take("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", body));
    CHECK(head.ended());
    CHECK_FALSE(head.take("x", body));
    AnswerText broken{false, [](const http::Head&) {}};
    CHECK_FALSE(broken.take("HTTP/3 oops\r\n\r\n", body));
}

TEST_CASE("Allowance: so many at once, then so many per second") {
    Allowance allowance{3, 10};
    Allowance::Clock::time_point now{std::chrono::hours{1}};
    for (int i = 0; i < 3; ++i) CHECK(allowance.take(now));
    CHECK_FALSE(allowance.take(now));
    now += std::chrono::milliseconds{250};
    CHECK(allowance.take(now));
    CHECK_FALSE(allowance.take(now));
    now += std::chrono::hours{1};
    for (int i = 0; i < 3; ++i) CHECK(allowance.take(now));
    CHECK_FALSE(allowance.take(now));
}

TEST_CASE("ByteQueue: what goes in comes out in order, and the front does not pile up") {
    ByteQueue queue;
    std::string in, out;
    char piece[1000];
    for (int i = 0; i < 2000; ++i) {
        const std::string more(static_cast<std::size_t>(i % 999), static_cast<char>('a' + i % 26));
        queue.tail() += more;
        in += more;
        out.append(piece, queue.take(piece, static_cast<std::size_t>(i * 7 % 1000)));
        CHECK(queue.size() == in.size() - out.size());
        CHECK(queue.tail().size() <= 2 * queue.size() + (17u << 10));
    }
    while (const auto count = queue.take(piece, sizeof piece)) out.append(piece, count);
    CHECK(queue.empty());
    CHECK(in == out);
}
