#include <doctest/doctest.h>
#include <sys/socket.h>

#include "tests/component/rest/http.hpp"

using namespace mt::test;

namespace {

/// A stream whose head has been read.
mt::Fd open_stream(const Worker& worker) {
    auto connection = worker.connect();
    send_bytes(connection, "GET /api/Notes/change-stream?_format=event-stream HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto head = read_answer(connection, true);
    CHECK(status(head) == 200);
    CHECK(has(head, "Content-Type: text/event-stream\r\n"));
    return connection;
}

/// Reads until `text` has come, or the stream ends.
std::string read_until(const mt::Fd& connection, std::string_view text) {
    std::string bytes;
    for (char c = 0; !has(bytes, text) && ::recv(connection.get(), &c, 1, 0) == 1;) bytes += c;
    return bytes;
}

}  // namespace

TEST_CASE("change stream: tells what is created, updated and removed") {
    const Worker worker;
    const auto one = open_stream(worker), two = open_stream(worker);
    CHECK(status(post_json(worker, "/api/Notes", R"({"title":"a"})")) == 200);
    CHECK(status(ask(worker, "PATCH", "/api/Notes/1", "Content-Type: application/json\r\n", R"({"title":"b"})")) == 200);
    CHECK(status(ask(worker, "DELETE", "/api/Notes/1")) == 200);
    for (const auto* stream : {&one, &two}) {
        CHECK(has(read_until(*stream, "\n\n"),
            "event: data\ndata: {\"target\":1,\"data\":{\"title\":\"a\",\"id\":1},\"type\":\"create\"}\n\n"));
        CHECK(has(read_until(*stream, "\n\n"), "data: {\"target\":1,\"data\":{\"title\":\"b\",\"id\":1},\"type\":\"update\"}\n\n"));
        CHECK(has(read_until(*stream, "\n\n"), "data: {\"target\":1,\"type\":\"remove\"}\n\n"));
    }
}

TEST_CASE("change stream: a slow reader is dropped, and nobody waits for it") {
    const Worker worker;
    const auto slow = open_stream(worker);
    const auto writer = worker.connect();
    const auto note = R"({"title":")" + std::string(80'000, 'x') + R"("})";
    for (int i = 0; i < 60; ++i) {
        send_bytes(writer, "POST /api/Notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: "
            + std::to_string(note.size()) + "\r\n\r\n" + note);
        REQUIRE(status(read_answer(writer)) == 200);
    }
    std::size_t total = 0;
    std::string bytes(1u << 16, '\0');
    for (ssize_t got = 0; (got = ::recv(slow.get(), bytes.data(), bytes.size(), 0)) > 0;) total += static_cast<std::size_t>(got);
    CHECK(total < 60 * note.size());  // the end came before all was told
}

TEST_CASE("change stream: too many are refused") {
    const Worker worker;
    std::vector<mt::Fd> streams;
    for (int i = 0; i < 256; ++i) streams.push_back(open_stream(worker));
    CHECK(status(ask(worker, "GET", "/api/Notes/change-stream")) == 503);
}

TEST_CASE("change stream: ends when the worker drains") {
    Worker worker;
    const auto stream = open_stream(worker);
    worker.say("drain");
    CHECK(worker.hear() == "draining");
    CHECK(has(read_until(stream, "0\r\n\r\n"), "0\r\n\r\n"));
    CHECK(is_closed(stream));
    CHECK(worker.exit_code() == 0);
}
