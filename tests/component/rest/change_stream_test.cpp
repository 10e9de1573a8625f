#include <doctest/doctest.h>
#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <thread>

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

// --- one worker replaces another ---

namespace {

std::string created(int id, std::string_view title) {
    return "data: {\"target\":" + std::to_string(id) + ",\"data\":{\"title\":\"" + std::string{title} + "\",\"id\":" + std::to_string(id) +
           "},\"type\":\"create\"}\n\n";
}

void create(const mt::Fd& connection, std::string_view title) {
    const auto body = R"({"title":")" + std::string{title} + R"("})";
    send_bytes(connection, "POST /api/Notes HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: " +
                               std::to_string(body.size()) + "\r\n\r\n" + body);
    REQUIRE(status(read_answer(connection)) == 200);
}

/// A connection that the older worker has accepted: before there is another.
mt::Fd connection_of(const Worker& worker) {
    auto connection = worker.connect();
    send_bytes(connection, "GET /api/Notes/count HTTP/1.1\r\nHost: t\r\n\r\n");
    REQUIRE(status(read_answer(connection)) == 200);
    return connection;
}

}  // namespace

TEST_CASE("change stream: moves to the worker that takes over, and tells what that one changes") {
    Worker old;
    const auto stream = open_stream(old);
    Worker successor{Worker::Replacing{old}};
    old.say("drain");
    CHECK(old.hear() == "draining");
    CHECK(old.exit_code() == 0);  // it does not live on for the stream's sake
    create(successor.connect(), "after");
    CHECK(has(read_until(stream, "\n\n"), created(1, "after")));
}

TEST_CASE("change stream: while two workers serve, each tells the other's streams") {
    Worker old;
    const auto at_old = connection_of(old);
    const auto stream = open_stream(old);
    Worker successor{Worker::Replacing{old}};
    create(at_old, "old");
    CHECK(has(read_until(stream, "\n\n"), created(1, "old")));

    // Both accept: the one whose connection ends when the older drains was the older's.
    old.say("drain");
    CHECK(old.hear() == "draining");
    const auto at_new = connection_of(successor);
    const auto second = open_stream(successor);
    create(at_old, "late");  // on the older's last open connection
    CHECK(has(read_until(stream, "\n\n"), created(2, "late")));
    CHECK(has(read_until(second, "\n\n"), created(2, "late")));
    CHECK(is_closed(at_old));
    CHECK(old.exit_code() == 0);
    create(at_new, "new");
    CHECK(has(read_until(stream, "\n\n"), created(1, "new")));
    CHECK(has(read_until(second, "\n\n"), created(1, "new")));
}

TEST_CASE("change stream: outlives a chain of replacements and hears of each change once") {
    auto current = std::make_unique<Worker>();
    const Worker& first = *current;
    const auto stream = open_stream(first);
    std::vector<std::unique_ptr<Worker>> workers;
    workers.push_back(std::move(current));
    for (int i = 0; i < 5; ++i) {
        workers.push_back(std::make_unique<Worker>(Worker::Replacing{*workers.back()}));
        auto& old = *workers[workers.size() - 2];
        old.say("drain");
        CHECK(old.hear() == "draining");
        CHECK(old.exit_code() == 0);
        create(workers.back()->connect(), "n" + std::to_string(i));
        CHECK(has(read_until(stream, "\n\n"), created(1, "n" + std::to_string(i))));  // each has a memory of its own
    }
    workers.back()->say("drain");
    const auto rest = read_until(stream, "0\r\n\r\n");
    CHECK_FALSE(has(rest, "data:"));
    CHECK(has(rest, "0\r\n\r\n"));
}

TEST_CASE("change stream: under load no change is missed or told twice while the workers change") {
    Worker old;
    std::vector<mt::Fd> streams;
    for (int i = 0; i < 20; ++i) streams.push_back(open_stream(old));
    const auto at_old = connection_of(old);
    Worker successor{Worker::Replacing{old}};
    // Connections are shared out by the kernel until the older closes its socket: those of the successor are told by the end.
    std::atomic<bool> over = false;
    int written = 0;
    std::thread writer{[&] {
        while (!over) {
            create(successor.connect(), "w" + std::to_string(written));
            ++written;
        }
    }};
    old.say("drain");
    CHECK(old.hear() == "draining");
    create(at_old, "last of the old");
    CHECK(old.exit_code() == 0);
    over = true;
    writer.join();
    create(successor.connect(), "end");
    for (const auto& stream : streams) {
        std::string bytes;
        while (!has(bytes, "\"title\":\"end\"")) {
            const auto more = read_until(stream, "\n\n");
            REQUIRE_FALSE(more.empty());
            bytes += more;
        }
        for (int i = 0; i < written; ++i) {
            CAPTURE(i);
            const auto title = "\"title\":\"w" + std::to_string(i) + "\"";
            const auto at = bytes.find(title);
            REQUIRE(at != std::string::npos);
            REQUIRE(bytes.find(title, at + 1) == std::string::npos);
        }
        CHECK(has(bytes, "last of the old"));
    }
}

TEST_CASE("change stream: ends when the successor dies, so that no change is missed silently") {
    Worker old;
    const auto stream = open_stream(old);
    auto successor = std::make_unique<Worker>(Worker::Replacing{old});
    old.say("drain");
    CHECK(old.exit_code() == 0);
    successor.reset();
    CHECK(read_until(stream, "data:").find("data:") == std::string::npos);
    CHECK(is_closed(stream));
}

TEST_CASE("change stream: a successor that failed to start changes nothing") {
    Worker old;
    const auto stream = open_stream(old);
    { const Worker failed{Worker::Replacing{old}}; }
    create(connection_of(old), "still here");
    CHECK(has(read_until(stream, "\n\n"), created(1, "still here")));
}
