#include <doctest/doctest.h>

#include "tests/component/rest/http.hpp"
#include "tests/component/rest/worker.hpp"

using namespace mt::test;

namespace {

std::string get(std::string_view target, std::string_view fields = "") {
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: t\r\n" + std::string{fields} + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view fields = "Content-Type: application/json\r\n") {
    return "POST " + std::string{target} + " HTTP/1.1\r\nHost: t\r\n" + std::string{fields} +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

}  // namespace

TEST_CASE("connection: one carries many requests, the end of one and the start of the next in one read") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection, post("/api/Notes", R"({"title":"a"})") + get("/api/Notes/1") + get("/api/Notes/2") + get("/api/Notes/co"));
    CHECK(status(read_answer(connection)) == 200);
    CHECK(has(read_answer(connection), R"({"title":"a","id":1})"));
    CHECK(status(read_answer(connection)) == 404);
    CHECK(status(read_answer(connection)) == 404);
    send_bytes(connection, get("/api/Notes/count"));
    CHECK(has(read_answer(connection), R"({"count":1})"));
}

TEST_CASE("connection: a request may come byte by byte") {
    const Worker worker;
    const auto connection = worker.connect();
    for (const char c : post("/api/Notes", R"({"title":"slow"})")) send_bytes(connection, std::string_view{&c, 1});
    CHECK(has(read_answer(connection), "slow"));
}

TEST_CASE("connection: a chunked body, and the request behind it") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection, "POST /api/Notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "7\r\n{\"title\r\n8;x=y\r\n\":\"bits\"\r\n1\r\n}\r\n0\r\nT: v\r\n\r\n" + get("/api/Notes/count"));
    CHECK(has(read_answer(connection), R"({"title":"bits","id":1})"));
    CHECK(has(read_answer(connection), R"({"count":1})"));
}

TEST_CASE("connection: a broken chunk size is 400 and the end") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection, "POST /api/Notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    CHECK(status(read_answer(connection)) == 400);
    CHECK(is_closed(connection));
}

TEST_CASE("connection: a large body arrives whole") {
    const Worker worker;
    const auto connection = worker.connect();
    const std::string title(90'000, 'x');
    send_bytes(connection, post("/api/Notes", R"({"title":")" + title + R"("})"));
    const auto answer = read_answer(connection);
    CHECK(status(answer) == 200);
    CHECK(has(answer, title));
}

TEST_CASE("connection: beyond the limit is 413, and the connection goes on if the rest is small") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection, post("/api/Notes", R"({"title":")" + std::string(110'000, 'x') + R"("})") + get("/api/Notes/count"));
    const auto answer = read_answer(connection);
    CHECK(status(answer) == 413);
    CHECK(has(answer, R"({"error":{"statusCode":413,"name":"PayloadTooLargeError","message":"request entity too large"}})"));
    CHECK(has(read_answer(connection), R"({"count":0})"));
}

TEST_CASE("connection: a huge body is refused before it is sent, and the connection ends") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection, "POST /api/Notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{");
    const auto answer = read_answer(connection);
    CHECK(status(answer) == 413);
    CHECK(has(answer, "Connection: close"));
    CHECK(is_closed(connection));
}

TEST_CASE("connection: the limit of config.json counts") {
    const Worker worker{R"({"remoting": {"json": {"limit": "20b"}}})"};
    const auto connection = worker.connect();
    send_bytes(connection, post("/api/Notes", R"({"title":"short"})"));
    CHECK(status(read_answer(connection)) == 200);
    send_bytes(connection, post("/api/Notes", R"({"title":"rather long"})"));
    CHECK(status(read_answer(connection)) == 413);
}

TEST_CASE("connection: waits for the body after 100 Continue") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection,
               "POST /api/Notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 13\r\nExpect: 100-continue\r\n\r\n");
    CHECK(status(read_answer(connection)) == 100);
    send_bytes(connection, R"({"title":"a"})");
    CHECK(status(read_answer(connection)) == 200);
}

TEST_CASE("connection: what is no HTTP is 400 and the end") {
    const Worker worker;
    for (const std::string bytes : {"hello\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: x\r\n\r\n",
                                    "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        CAPTURE(bytes);
        const auto connection = worker.connect();
        send_bytes(connection, bytes);
        CHECK(status(read_answer(connection)) >= 400);
        CHECK(is_closed(connection));
    }
}

TEST_CASE("connection: a head without end is refused") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection, "GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(40'000, 'x'));
    CHECK(status(read_answer(connection)) == 431);
}

TEST_CASE("connection: Connection: close and HTTP/1.0 are answered and closed") {
    const Worker worker;
    for (const std::string bytes : {"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
        const auto connection = worker.connect();
        send_bytes(connection, bytes);
        const auto answer = read_answer(connection);
        CHECK(status(answer) == 200);
        CHECK(has(answer, "Connection: close\r\n"));
        CHECK(is_closed(connection));
    }
}

TEST_CASE("answers: HEAD has GET's fields and no body; a known tag is 304") {
    const Worker worker;
    const auto connection = worker.connect();
    send_bytes(connection, get("/api/Notes"));
    const auto full = read_answer(connection);
    const auto tag_at = full.find("ETag: ") + 6;
    const auto tag = full.substr(tag_at, full.find("\r\n", tag_at) - tag_at);
    send_bytes(connection, "HEAD /api/Notes HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto head = read_answer(connection, true);
    CHECK(has(head, "Content-Length: 2\r\n"));
    CHECK(has(head, tag));
    send_bytes(connection, get("/api/Notes", "If-None-Match: " + tag + "\r\n"));
    const auto unchanged = read_answer(connection);
    CHECK(status(unchanged) == 304);
    CHECK_FALSE(has(unchanged, "Content-Length"));
    send_bytes(connection, get("/"));
    CHECK(has(read_answer(connection), R"({"started":")"));
}

TEST_CASE("answers: bad JSON and deep JSON are 400, and nothing is stored") {
    const Worker worker;
    const auto connection = worker.connect();
    for (const std::string& body : {std::string{"{bad"}, std::string{"{\"title\":\"\xff\"}"}, std::string(5000, '[')}) {
        send_bytes(connection, post("/api/Notes", body));
        const auto answer = read_answer(connection);
        CHECK(status(answer) == 400);
        CHECK(has(answer, "\"name\":\"SyntaxError\""));
    }
    send_bytes(connection, get("/api/Notes/count"));
    CHECK(has(read_answer(connection), R"({"count":0})"));
}
