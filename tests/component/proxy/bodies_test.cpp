#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>

#include "tests/component/proxy/rig.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;

namespace {

/// Reads a request with its body and answers with the body's length.
void count_body(Peer& peer, int) {
    for (std::string head; !(head = peer.head()).empty();) {
        std::size_t length = 0;
        if (const auto at = head.find("Content-Length: "); at != std::string::npos) {
            length = peer.bytes(std::stoull(head.substr(at + 16))).size();
        } else if (has(head, "chunked")) {
            for (;;) {
                std::string line;
                while (!line.ends_with("\r\n")) {
                    const auto byte = peer.bytes(1);
                    if (byte.empty()) return;
                    line += byte;
                }
                const auto size = std::stoull(line, nullptr, 16);
                length += peer.bytes(size + 2).size() - 2;
                if (size == 0) break;
            }
        }
        const auto text = std::to_string(length);
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);
    }
}

[[maybe_unused]] long resident_kib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("proxy: bodies by length and in chunks, split anywhere, with a request behind them") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), count_body};
    const std::string requests[] = {
        "POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
        "POST /foo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
    };
    for (const auto& request : requests)
        for (std::size_t piece : {1u, 7u, 50u, 1000u}) {
            CAPTURE(piece);
            auto client = rig.client();
            const auto all = request + request + "GET /foo HTTP/1.1\r\nHost: h\r\n\r\n";
            for (std::size_t at = 0; at < all.size(); at += piece) client.send(std::string_view{all}.substr(at, piece));
            CHECK(client.answer().ends_with("\r\n\r\n5"));
            CHECK(client.answer().ends_with("\r\n\r\n5"));
            CHECK(client.answer().ends_with("\r\n\r\n0"));
        }
}

TEST_CASE("proxy: a body above the limit is a 413, announced or not") {
    Rig rig{[](ProxyOptions&, Limits& limits) { limits.body_bytes = 10; }};
    FakeWorker foo{rig.path("foo"), count_body};
    auto announced = rig.client();
    announced.send("POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
    CHECK(announced.rest().starts_with("HTTP/1.1 413 "));
    CHECK(foo.connections() == 0);
    auto chunked = rig.client();
    chunked.send("POST /foo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n6\r\nworld!\r\n0\r\n\r\n");
    CHECK(chunked.rest().starts_with("HTTP/1.1 413 "));
    auto fits = rig.client();
    fits.send("POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789");
    CHECK(fits.answer().ends_with("10"));
}

TEST_CASE("proxy: a broken or abandoned upload never becomes a whole request") {
    Rig rig;
    std::atomic<int> whole{0}, ended{0};
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        peer.head();
        whole += peer.bytes(10).size() == 10;
        ++ended;
    }};
    auto half = rig.client();
    half.send("POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    half.end_sending();
    CHECK(half.rest().starts_with("HTTP/1.1 400 "));
    auto broken = rig.client();
    broken.send("POST /foo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    CHECK(broken.rest().starts_with("HTTP/1.1 400 "));
    CHECK(eventually([&] { return ended == 2; }));
    CHECK(whole == 0);
    CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));
}

TEST_CASE("proxy: gaps have deadlines") {
    Rig rig{[](ProxyOptions& options, Limits& limits) {
        options.head_timeout = options.idle_timeout = std::chrono::milliseconds{150};
        limits.body_timeout = limits.answer_timeout = std::chrono::milliseconds{150};
    }};
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        if (has(peer.head(), "/half")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        peer.rest();
    }};
    CHECK(rig.get("/foo").starts_with("HTTP/1.1 504 "));
    CHECK(rig.get("/foo/half").ends_with("\r\n\r\nhalf"));
    auto body = rig.client();
    body.send("POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    CHECK(body.rest().starts_with("HTTP/1.1 408 "));
    auto head = rig.client();
    head.send("GET /foo HTT");
    CHECK(head.rest().starts_with("HTTP/1.1 408 "));
    auto idle = rig.client();
    CHECK(idle.rest().empty());
}

TEST_CASE("proxy: Expect: 100-continue is passed on, and so is a refusal before the body") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        const auto head = peer.head();
        if (!has(head, "Expect: 100-continue")) return;
        if (has(head, "/no")) {
            peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
            peer.rest();
            return;
        }
        peer.send("HTTP/1.1 100 Continue\r\n\r\n");
        // Said, so that the next POST cannot meet a connection that is just closing.
        if (peer.bytes(5) == "hello") peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    }};
    auto client = rig.client();
    client.send("POST /foo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    CHECK(client.head().starts_with("HTTP/1.1 100 "));
    client.send("hello");
    CHECK(client.answer().ends_with("ok"));
    auto refused = rig.client();
    refused.send("POST /foo/no HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    const auto answer = refused.rest();
    CHECK(answer.starts_with("HTTP/1.1 403 "));
    CHECK(has(answer, "Connection: close"));
}

TEST_CASE("proxy: 64 MiB stream both ways at once in bounded memory") {
    constexpr std::size_t k_size = 64u << 20;
    Rig rig{[](ProxyOptions&, Limits& limits) { limits.body_bytes = k_size; }};
    // Echoes while it reads: the answer passes while the upload still runs.
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(k_size) + "\r\n\r\n");
        for (std::size_t done = 0; done < k_size;) {
            const auto piece = peer.bytes(std::min<std::size_t>(k_size - done, 65536));
            if (piece.empty() || !peer.send(piece)) return;
            done += piece.size();
        }
        peer.rest();
    }};
    [[maybe_unused]] const auto before = resident_kib();
    auto client = rig.client();
    std::thread sender{[&] {
        client.send("POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(k_size) + "\r\n\r\n");
        std::string piece(65536, 'x');
        for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>('a' + i % 26);
        for (std::size_t done = 0; done < k_size; done += piece.size()) client.send(piece);
    }};
    CHECK(client.head().starts_with("HTTP/1.1 200 OK"));
    std::size_t got = 0, wrong = 0;
    while (got < k_size) {
        const auto piece = client.bytes(std::min<std::size_t>(k_size - got, 65536));
        if (piece.empty()) break;
        for (std::size_t i = 0; i < piece.size(); ++i) wrong += piece[i] != static_cast<char>('a' + (got + i) % 65536 % 26);
        got += piece.size();
    }
    sender.join();
    CHECK(got == k_size);
    CHECK(wrong == 0);
#ifndef __SANITIZE_ADDRESS__  // it keeps this test's own freed pieces for a while
    CHECK(resident_kib() - before < 24 * 1024);  // far below the body
#endif
}

TEST_CASE("proxy: a WebSocket is a byte tunnel after the worker's 101, h2c is not offered") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        const auto head = peer.head();
        if (!has(head, "Upgrade: websocket")) {
            peer.send(k_ok);
            return;
        }
        peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nhello");
        for (std::string bytes; !(bytes = peer.bytes(4)).empty();) peer.send(bytes);
        peer.send("bye");
    }};
    auto client = rig.client();
    client.send("GET /foo/ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\nping");
    const auto head = client.head();
    CHECK(head.starts_with("HTTP/1.1 101 "));
    CHECK(has(head, "Sec-WebSocket-Accept: x"));
    CHECK(client.bytes(9) == "helloping");
    client.send("pong");
    CHECK(client.bytes(4) == "pong");
    CHECK(rig.gate("foo").in_flight == 1);
    CHECK(rig.gate("foo").streams == 1);
    client.end_sending();
    CHECK(client.rest() == "bye");
    CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));
    CHECK(rig.gate("foo").streams == 0);
    CHECK(rig.get("/foo", "Upgrade: h2c\r\nHTTP2-Settings: x\r\n").ends_with("ok"));
}
