#include <doctest/doctest.h>

#include "tests/component/proxy/rig.hpp"
#include "tests/support/gunzip.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;
using mt::test::gunzip;

namespace {

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

void compress(Rig& rig) {
    auto table = std::make_shared<TenantTable>(*rig.table);
    auto entry = std::make_shared<TenantEntry>(*table->find("foo")->second);
    entry->compression = true;
    table->set("foo", std::move(entry));
    rig.table = table;
    rig.publish(table);
}

std::string json_answer(const std::string& body, const std::string& fields = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string text_of(std::size_t bytes) {
    std::string text;
    for (int i = 0; text.size() < bytes; ++i) text += "{\"id\":" + std::to_string(i) + ",\"name\":\"number " + std::to_string(i * 7919) + "\"},";
    return text;
}

std::string ask(Rig& rig, const std::string& fields, const char* method = "GET") {
    auto client = rig.client();
    client.send(std::string{method} + " /foo HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
    return std::string{method} == "HEAD" ? client.head() : client.answer();
}

}  // namespace

TEST_CASE("compression: off unless the tenant's configuration says so") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always(json_answer(text_of(5000)))};
    CHECK(has(ask(rig, "Accept-Encoding: gzip\r\n"), "Content-Length: "));
    compress(rig);
    CHECK(has(ask(rig, "Accept-Encoding: gzip\r\n"), "Content-Encoding: gzip\r\n"));
}

TEST_CASE("compression: a text is encoded as the client likes, its tag weakened, its length gone; the plain one varies too") {
    Rig rig;
    const auto text = text_of(300'000);
    FakeWorker foo{rig.path("foo"), always(json_answer(text, "ETag: \"a\"\r\nAccept-Ranges: bytes\r\n"))};
    compress(rig);
    const auto encoded = ask(rig, "Accept-Encoding: gzip\r\n");
    CHECK(has(encoded, "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n"));
    CHECK(has(encoded, "ETag: W/\"a\"\r\n"));
    CHECK(has(encoded, "Transfer-Encoding: chunked\r\n"));
    CHECK_FALSE(has(encoded, "Content-Length"));
    CHECK_FALSE(has(encoded, "Accept-Ranges"));
    CHECK(gunzip(body_of(encoded)) == text);
    CHECK(encoded.size() < text.size() / 3);
    CHECK(has(ask(rig, "Accept-Encoding: gzip, zstd\r\n"), "Content-Encoding: zstd\r\n"));

    const auto plain = ask(rig, "");
    CHECK(has(plain, "Vary: Accept-Encoding\r\n"));
    CHECK(has(plain, "ETag: \"a\"\r\n"));
    CHECK(has(plain, "Accept-Ranges: bytes\r\n"));
    CHECK(body_of(plain) == text);

    const auto head = ask(rig, "Accept-Encoding: gzip\r\n", "HEAD");
    CHECK(has(head, "Content-Encoding: gzip\r\n"));
    CHECK(has(head, "ETag: W/\"a\"\r\n"));
    CHECK_FALSE(has(head, "Content-Length"));

    auto old = rig.client();
    old.send("GET /foo HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n");
    const auto to_the_end = old.rest();
    CHECK_FALSE(has(to_the_end, "Transfer-Encoding"));
    CHECK(has(to_the_end, "Connection: close\r\n"));
    CHECK(gunzip(body_of(to_the_end)) == text);
}

TEST_CASE("compression: one connection carries encoded and other answers in turn") {
    Rig rig;
    const auto text = text_of(3000);
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty();)
            peer.send(has(head, "/small") ? k_ok : has(head, "/chunks") ? "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" : json_answer(text));
    }};
    compress(rig);
    auto client = rig.client();
    for (int i = 0; i < 5; ++i) {
        client.send("GET /foo HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\nGET /foo/small HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n"
                    "GET /foo/chunks HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
        CHECK(gunzip(body_of(client.answer())) == text);
        CHECK(client.answer().ends_with("\r\n\r\nok"));
        CHECK(gunzip(body_of(client.answer())) == "abc");
    }
    CHECK(foo.connections() == 1);
}

TEST_CASE("compression: what the worker has said when it pauses reaches the client") {
    Rig rig;
    std::atomic<bool> go{false};
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nfirst line\n");
        CHECK(eventually([&] { return go.load(); }));
        peer.send("second line\n");
    }};
    compress(rig);
    auto client = rig.client();
    client.send("GET /foo HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
    CHECK(has(client.head(), "Content-Encoding: gzip\r\n"));
    std::string body;
    const auto chunk = [&] {
        std::string size;
        while (!size.ends_with("\r\n")) size += client.bytes(1);
        body += client.bytes(std::stoul(size, nullptr, 16));
        client.bytes(2);
    };
    while (gunzip(body) != "first line\n") chunk();
    go = true;
    while (gunzip(body) != "first line\nsecond line\n") chunk();
}

TEST_CASE("compression: event streams, ranges, coded, small and no-transform answers pass as they are") {
    Rig rig;
    const auto text = text_of(3000);
    std::string fields;
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        while (!peer.head().empty()) peer.send("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
    }};
    compress(rig);
    for (const char* each : {"Content-Type: text/event-stream\r\n", "Content-Type: image/png\r\n", "Content-Type: text/html\r\nContent-Encoding: br\r\n",
                             "Content-Type: text/html\r\nCache-Control: no-transform\r\n", "Content-Type: text/html\r\nContent-Range: bytes 0-2999/5000\r\n"}) {
        CAPTURE(each);
        fields = each;
        const auto answer = ask(rig, "Accept-Encoding: gzip\r\n");
        CHECK(body_of(answer) == text);
        CHECK(has(answer, "Content-Length: "));
        CHECK_FALSE(has(answer, "Vary"));
    }
}

TEST_CASE("compression: a 304 to a weak tag carries the weak tag, and Vary is said once") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty();)
            peer.send(has(head, "If-None-Match") ? "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n" : json_answer(text_of(2000), "Vary: Origin, Accept-Encoding\r\n"));
    }};
    compress(rig);
    CHECK(has(ask(rig, "Accept-Encoding: gzip\r\nIf-None-Match: W/\"a\"\r\n", "HEAD"), "ETag: W/\"a\"\r\n"));
    CHECK(has(ask(rig, "Accept-Encoding: gzip\r\nIf-None-Match: \"a\"\r\n", "HEAD"), "ETag: \"a\"\r\n"));
    const auto answer = ask(rig, "Accept-Encoding: gzip\r\n");
    CHECK(has(answer, "Vary: Origin, Accept-Encoding\r\n"));
    CHECK_FALSE(has(answer, "Vary: Accept-Encoding\r\n"));
}

TEST_CASE("compression: a body that breaks off looks cut") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n" + std::string(50'000, 'x'));
    }};
    compress(rig);
    auto client = rig.client();
    client.send("GET /foo HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
    const auto answer = client.rest();
    CHECK(has(answer, "Content-Encoding: gzip"));
    CHECK_FALSE(answer.ends_with("0\r\n\r\n"));
}
