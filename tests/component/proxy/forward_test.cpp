#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tests/component/proxy/rig.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;

TEST_CASE("proxy: a request reaches its tenant, rewritten, and connections are kept on both sides") {
    Rig rig;
    std::string seen;
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty(); peer.send(k_ok)) seen = head;
    }};
    FakeWorker bar{rig.path("bar"), always("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nbar")};
    auto client = rig.client();
    for (int i = 0; i < 3; ++i) {
        client.send("GET /foo/x%20y?z=1 HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n");
        const auto answer = client.answer();
        CHECK(answer == "HTTP/1.1 200 OK\r\nVia: 1.1 mtg\r\nContent-Length: 2\r\n\r\nok");
        client.send("GET /bar HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(has(client.answer(), "404 Not Found"));
    }
    CHECK(seen.starts_with("GET /x%20y?z=1 HTTP/1.1\r\nHost: h\r\n"));
    CHECK(has(seen, "X-Forwarded-For: 9.9.9.9, 127.0.0.1\r\n"));
    CHECK(has(seen, "X-Forwarded-Prefix: /foo\r\n"));
    CHECK(foo.connections() == 1);
    CHECK(bar.connections() == 1);
    CHECK(eventually([&] { return rig.gate("foo").requests == 3; }));
    CHECK(rig.gate("foo").server_errors == 0);
    CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));
    CHECK(rig.gate("foo").last_used_s > 0);
    CHECK(eventually([&] { return rig.proxy->counters().requests == 6; }));
    CHECK(rig.proxy->counters().connections == 1);
}

TEST_CASE("proxy: what it answers itself") {
    Rig rig;
    CHECK(has(rig.get("/"), "\"name\":\"mtg\""));
    CHECK(has(rig.get("/", "Accept: text/html\r\n"), "<h1>mtg is running</h1>"));
    CHECK(has(rig.get("/-/health"), "{\"status\":\"ok\"}"));
    CHECK(has(rig.get("/-/explorer/x.js"), "not installed"));
    CHECK(rig.get("/nobody").starts_with("HTTP/1.1 404 "));
    CHECK(rig.get("/foo/../bar").starts_with("HTTP/1.1 400 "));
    CHECK(has(rig.get("/nobody"), "application/problem+json"));
    auto client = rig.client();
    client.send("TRACE /foo HTTP/1.1\r\nHost: h\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: h\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\n\r\n"
                "OPTIONS /foo HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\nHEAD /nobody HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.answer().starts_with("HTTP/1.1 405 "));
    CHECK(client.head().starts_with("HTTP/1.1 204 "));
    CHECK(client.answer().starts_with("HTTP/1.1 405 "));
    CHECK(client.head().starts_with("HTTP/1.1 204 "));
    CHECK(client.head().starts_with("HTTP/1.1 404 "));
    CHECK(client.answer().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("proxy: an invalid head is refused and nothing behind it is read") {
    Rig rig;
    for (const char* bytes : {"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\nHost: h\n\n", "\x16\x03\x01\x02", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                              "POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
        CAPTURE(bytes);
        auto client = rig.client();
        client.send(bytes);
        client.end_sending();
        const auto answer = client.rest();
        CHECK((answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 505 ")));
        CHECK_FALSE(has(answer, "HTTP/1.1 200"));
        CHECK_FALSE(client.reset);
    }
}

TEST_CASE("proxy: bytes that are no request are refused even if the end comes with them") {
    Rig rig;
    auto client = rig.client();
    CHECK(eventually([&] { return rig.proxy->counters().connections == 1; }));
    const int on = 1;
    ::setsockopt(client.fd(), IPPROTO_TCP, TCP_CORK, &on, sizeof on);  // one segment
    client.send("\x16\x03\x01\x02");
    client.end_sending();
    CHECK(client.rest().starts_with("HTTP/1.1 400 "));
    CHECK_FALSE(client.reset);
}

TEST_CASE("proxy: pipelined requests are answered in order") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty();) {
            const auto path = head.substr(4, head.find(' ', 4) - 4);
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(path.size()) + "\r\n\r\n" + path);
        }
    }};
    auto client = rig.client();
    std::string all;
    for (int i = 0; i < 2000; ++i) all += "GET /foo/" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    std::thread sender{[&] { client.send(all); }};
    int right = 0;
    for (int i = 0; i < 2000; ++i) right += client.answer().ends_with("\r\n/" + std::to_string(i));
    sender.join();
    CHECK(right == 2000);
}

TEST_CASE("proxy: a half-closed client gets its answer") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    auto client = rig.client();
    client.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    client.end_sending();
    CHECK(client.rest().ends_with("ok"));
}

TEST_CASE("proxy: a client that resets cancels the worker's request") {
    Rig rig;
    std::atomic<bool> ended{false};
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
        ended = peer.at_end();
    }};
    auto client = rig.client();
    client.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    client.bytes(20);
    const linger now{1, 0};
    ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    client.close();
    CHECK(eventually([&] { return ended.load(); }));
    CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));
}

TEST_CASE("proxy: a worker's invalid or missing answer is a 502") {
    for (const char* bad : {"nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", ""}) {
        CAPTURE(bad);
        Rig rig;
        FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
            peer.head();
            peer.send(bad);
        }};
        const auto answer = rig.get("/foo");
        CHECK(answer.starts_with("HTTP/1.1 502 "));
        CHECK(eventually([&] { return rig.gate("foo").server_errors == 1; }));
        CHECK(foo.connections() == (*bad ? 1 : 2));
    }
}

TEST_CASE("proxy: a torn body looks torn, and surplus bytes end the worker's connection") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int number) {
        peer.head();
        if (number == 1) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        else if (number == 2) peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        else if (number == 3) peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalfX");
        else peer.send(k_ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        if (number > 3) peer.rest();
    }};
    CHECK(rig.get("/foo").ends_with("\r\n\r\nhalf"));
    CHECK(rig.get("/foo").ends_with("\r\n4\r\nhalf\r\n"));
    CHECK_FALSE(has(rig.get("/foo"), "\r\n0\r\n\r\n"));
    auto client = rig.client();
    for (int i = 0; i < 3; ++i) {
        client.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(client.answer().ends_with("\r\n\r\nok"));
    }
    CHECK(foo.connections() == 6);
}

TEST_CASE("proxy: a stale connection is replaced and costs no retry, but a POST is not sent twice") {
    for (const bool noticed : {true, false}) {  // before the next request, or by it
        CAPTURE(noticed);
        Rig rig;
        std::atomic<bool> closed{false};
        FakeWorker foo{rig.path("foo"), [&](Peer& peer, int number) {
            peer.head();
            if (number == 2) return;  // takes the request and dies
            peer.send(k_ok);
            if (number == 1) {  // closes while idle
                if (!noticed) peer.head();
                ::shutdown(peer.fd(), SHUT_RDWR);
                closed = true;
                return;
            }
            while (!peer.head().empty()) peer.send(k_ok);
        }};
        CHECK(rig.get("/foo").ends_with("ok"));
        if (noticed) CHECK(eventually([&] { return closed.load(); }));
        CHECK(rig.get("/foo").ends_with("ok"));  // 2 dies, 3 answers
        CHECK(foo.connections() == 3);
    }
    Rig rig;
    FakeWorker bar{rig.path("bar"), [&](Peer& peer, int) { peer.head(); }};
    auto client = rig.client();
    client.send("POST /bar HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
    CHECK(client.rest().starts_with("HTTP/1.1 502 "));
    CHECK(bar.connections() == 1);
}

TEST_CASE("proxy: a POST goes to a fresh connection if the one that rested is closed") {
    for (const char* body : {"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}) {
        Rig rig;
        std::atomic<bool> closed{false};
        std::string got;
        FakeWorker foo{rig.path("foo"), [&](Peer& peer, int number) {
            const auto head = peer.head();
            if (number > 1) got = peer.bytes(has(head, "chunked") ? 15 : 5);
            peer.send(k_ok);
            if (number > 1) return;
            ::shutdown(peer.fd(), SHUT_RDWR);
            closed = true;
        }};
        CHECK(rig.get("/foo").ends_with("ok"));
        CHECK(eventually([&] { return closed.load(); }));
        auto client = rig.client();
        client.send(std::string{"POST /foo HTTP/1.1\r\nHost: h\r\n"} + body);
        CHECK(client.answer().ends_with("ok"));
        CHECK(has(got, "hello"));
        CHECK(foo.connections() == 2);
    }
}

TEST_CASE("proxy: 1xx reach 1.1 clients, and 1.0 clients get neither them nor chunks") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")};
    auto client = rig.client();
    client.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.head() == "HTTP/1.1 103 Early Hints\r\nLink: </foo/x>\r\nVia: 1.1 mtg\r\n\r\n");
    CHECK(client.answer().ends_with("\r\n\r\nok"));
    auto old = rig.client();
    old.send("GET /foo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(old.rest() == "HTTP/1.1 200 OK\r\nVia: 1.1 mtg\r\nConnection: close\r\n\r\nok");
}

TEST_CASE("proxy: answers without a body, and bodies that end with the connection") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty();) {
            if (head.starts_with("HEAD")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
            else if (has(head, "/204")) peer.send("HTTP/1.1 204 No Content\r\n\r\n");
            else if (has(head, "/304")) peer.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
            else {
                peer.send("HTTP/1.1 200 OK\r\n\r\nto the end");
                return;
            }
        }
    }};
    auto client = rig.client();
    client.send("HEAD /foo HTTP/1.1\r\nHost: h\r\n\r\nGET /foo/204 HTTP/1.1\r\nHost: h\r\n\r\nGET /foo/304 HTTP/1.1\r\nHost: h\r\n\r\nGET /foo/end HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(has(client.head(), "Content-Length: 100"));
    CHECK(client.head().starts_with("HTTP/1.1 204"));
    CHECK(has(client.head(), "Content-Length: 7"));
    CHECK(client.answer().ends_with("\r\n\r\nto the end"));
}
