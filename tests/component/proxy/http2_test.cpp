#include <doctest/doctest.h>

#include <future>
#include <set>

#include "tests/component/proxy/http2_peer.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;

namespace {

constexpr unsigned k_no_error = 0, k_protocol_error = 1, k_internal_error = 2, k_refused = 7, k_cancel = 8, k_calm = 11;
constexpr int k_whole = k_end_stream | k_end_headers;

Http2Peer connect(TlsRig& tls) {
    auto peer = tls.client({.host = {}, .protocol = "h2"});
    REQUIRE(peer.connected());
    return Http2Peer{std::move(peer)};
}

}  // namespace

TEST_CASE("http2: many requests on one connection reach the tenant as HTTP/1.1, and the answers come back") {
    TlsRig tls;
    std::mutex mutex;
    std::set<std::string> seen;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty(); peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Up: Y\r\nConnection: keep-alive\r\n\r\nok")) {
            const std::lock_guard lock{mutex};
            seen.insert(head);
        }
    }};
    auto client = connect(tls);
    for (int stream = 1; stream < 100; stream += 2)
        client.send(frame(k_headers, k_whole, stream, request_block("GET", literal("cookie", "a=1") + literal("cookie", "b=2") + literal("n", std::to_string(stream)))));
    for (int stream = 1; stream < 100; stream += 2)
        while (client.bodies[stream] != "ok") REQUIRE(client.next().type != -1);
    CHECK(seen.size() == 50);
    for (const auto& head : seen) {
        CHECK(head.starts_with("GET /x HTTP/1.1\r\nHost: h.test\r\n"));
        CHECK(has(head, "\r\ncookie: a=1; b=2\r\n"));
        CHECK(has(head, "\r\nX-Forwarded-Proto: https\r\n"));
    }
    CHECK(tls.rig->proxy->counters().connections == 1);
    CHECK(eventually([&] { return tls.rig->gate("foo").in_flight == 0; }));
}

TEST_CASE("http2: bodies stream both ways within bounded windows") {
    TlsRig tls{{}, [](ProxyOptions&, Limits& limits) { limits.body_bytes = 64u << 20; }};
    const std::string body(300'000, 'b');
    std::promise<void> begun;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int number) {
        peer.head();
        if (number == 1) begun.get_future().wait();
        std::string got;
        for (std::string line; (line = peer.bytes(1)) != "";) {  // chunked by us, decoded by hand
            std::string size = line;
            while (!size.ends_with("\r\n")) size += peer.bytes(1);
            const auto count = std::stoul(size, nullptr, 16);
            got += peer.bytes(count);
            peer.bytes(2);
            if (count == 0) break;
        }
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(got.size()) + "\r\n\r\n" + got);
    }};
    auto client = connect(tls);
    client.send(frame(k_headers, k_end_headers, 1, request_block("POST")));
    long window = 65535;
    for (std::size_t at = 0; at < body.size();) {
        // What the worker does not take is not asked for: the stream's window is all that is ever under way.
        while (window == 0) {
            const auto got = client.next();
            REQUIRE(got.type != -1);
            if (got.type == k_window_update && got.stream == 1) window += static_cast<long>(got.error());
        }
        const auto count = std::min({std::size_t{16000}, body.size() - at, static_cast<std::size_t>(window)});
        client.send(frame(k_data, at + count == body.size() ? k_end_stream : 0, 1, body.substr(at, count)));
        at += count;
        window -= static_cast<long>(count);
        if (window == 0 && at < 70'000) begun.set_value();
    }
    // The answer stops where our window ends, and goes on when we open it.
    while (client.bodies[1].size() < 65535) REQUIRE(client.next().type != -1);
    CHECK(client.bodies[1].size() == 65535);
    client.send(frame(k_window_update, 0, 0, number(1 << 20)) + frame(k_window_update, 0, 1, number(1 << 20)));
    while (client.bodies[1].size() < body.size()) REQUIRE(client.next().type != -1);
    CHECK(client.bodies[1] == body);
}

TEST_CASE("http2: an event stream passes at once, and a client that leaves it frees the worker") {
    TlsRig tls;
    std::promise<void> left;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata1\r\n");
        peer.rest();
        left.set_value();
    }};
    auto client = connect(tls);
    client.send(frame(k_headers, k_whole, 1, request_block()));
    CHECK(client.wait(k_data, 1).payload == "data1");
    client.send(frame(k_rst_stream, 0, 1, number(k_cancel)));
    CHECK(left.get_future().wait_for(std::chrono::seconds{10}) == std::future_status::ready);
    CHECK(eventually([&] { return tls.rig->gate("foo").in_flight == 0; }));
    client.send(frame(k_ping, 0, 0, "12345678"));
    CHECK(client.wait(k_ping).payload == "12345678");
}

TEST_CASE("http2: an answer before the request's end lets the client finish, within reason; a torn one looks torn") {
    TlsRig tls;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        const auto head = peer.head();
        peer.send(has(head, "torn: 1") ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf" : "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    }};
    auto client = connect(tls);
    client.send(frame(k_headers, k_end_headers, 1, request_block("POST")));
    CHECK(client.wait_answer(1));
    CHECK(client.bodies[1] == "no");
    CHECK_FALSE(client.upload(1, 16u << 20));
    CHECK(client.reset_by == k_no_error);
    client.send(frame(k_headers, k_whole, 3, request_block("GET", literal("torn", "1"))));
    CHECK(client.wait(k_rst_stream, 3).error() == k_internal_error);
}

TEST_CASE("http2: malformed requests are reset, and the connection goes on") {
    TlsRig tls;
    FakeWorker foo{tls.rig->path("foo"), always(k_ok)};
    auto client = connect(tls);
    int stream = -1;
    for (const auto& block : {request_block("GET", literal("X-Upper", "1")), request_block("GET", literal("connection", "close")),
                              request_block("GET", literal("transfer-encoding", "chunked")), request_block("GET", literal("te", "gzip")),
                              request_block("GET", literal("a", "b\r\nc: d")), request_block("GET", literal(":path", "/")),
                              request_block("GET", literal("x", "1") + literal(":late", "1")), literal(":method", "GET"),
                              request_block("GET", literal("host", "other")), request_block("GET", literal("content-length", "5")),
                              request_block("GET", literal("upgrade", "websocket"))}) {
        stream += 2;
        CAPTURE(stream);
        client.send(frame(k_headers, k_whole, stream, block));
        CHECK(client.wait(k_rst_stream, stream).error() == k_protocol_error);
    }
    stream += 2;
    client.send(frame(k_headers, k_end_headers, stream, request_block("POST", literal("content-length", "2"))) +
                frame(k_data, k_end_stream, stream, "four"));
    CHECK(client.wait(k_rst_stream, stream).error() == k_protocol_error);
    stream += 2;
    client.send(frame(k_headers, k_whole, stream, request_block()));
    CHECK(client.wait_answer(stream));
    CHECK(client.bodies[stream] == "ok");
}

TEST_CASE("http2: too large a head is answered 431, and a head without an end ends the connection") {
    TlsRig tls;
    auto client = connect(tls);
    client.send(frame(k_headers, k_end_stream, 1, request_block("GET", literal("x", std::string(9'000, 'y')))) +
                frame(k_continuation, k_end_headers, 1, literal("z", std::string(9'000, 'y'))));
    CHECK(has(client.wait(k_headers, 1).payload, "431"));  // in HPACK's static table there is no such status
    client.send(frame(k_headers, 0, 3, request_block()));
    for (int i = 0; i < 100 && client.send(frame(k_continuation, 0, 3, literal("x", std::string(10'000, 'y')))); ++i) {
    }
    while (client.next().type != -1) {
    }
    CHECK(eventually([&] { return tls.rig->proxy->counters().connections == 0; }));
}

TEST_CASE("http2: floods end the connection and say why, whatever they are made of") {
    TlsRig tls;
    FakeWorker foo{tls.rig->path("foo"), [](Peer& peer, int) { peer.rest(); }};
    const auto flood = [&](const std::string& what, unsigned error, auto make) {
        CAPTURE(what);
        auto client = connect(tls);
        std::string bytes;
        for (int i = 0; i < 3000; ++i) bytes += make(2 * i + 1);
        client.send(bytes);
        const auto end = client.wait(k_goaway);
        CHECK(end.type == k_goaway);
        CHECK(end.error() == error);
    };
    flood("rapid reset", k_calm, [](int id) { return frame(k_headers, k_whole, id, request_block()) + frame(k_rst_stream, 0, id, number(k_cancel)); });
    // The streams stay open until their resets leave, so the bound of their number is met first.
    flood("provoked resets", k_protocol_error, [](int id) { return frame(k_headers, k_end_headers, id, request_block("POST")) + frame(k_window_update, 0, id, number(0)); });
    flood("ping", k_calm, [](int) { return frame(k_ping, 0, 0, "12345678"); });
    flood("settings", k_calm, [](int) { return frame(k_settings, 0, 0); });
    flood("priority", k_calm, [](int id) { return frame(k_priority, 0, id, number(0) + "x"); });
    flood("empty data", k_calm, [](int id) { return (id == 1 ? frame(k_headers, k_end_headers, 1, request_block("POST")) : "") + frame(k_data, 0, 1); });
    CHECK(eventually([&] { return tls.rig->gate("foo").in_flight == 0; }));
}

TEST_CASE("http2: more streams than offered are refused, the others are served") {
    TlsRig tls;
    std::promise<void> go;
    const auto gone = go.get_future().share();
    FakeWorker foo{tls.rig->path("foo"), [&, gone](Peer& peer, int) {
        while (!peer.head().empty()) {
            gone.wait();
            peer.send(k_ok);
        }
    }};
    auto client = connect(tls);
    std::string bytes;
    for (int stream = 1; stream <= 203; stream += 2) bytes += frame(k_headers, k_whole, stream, request_block());
    client.send(bytes);
    CHECK(client.wait(k_rst_stream, 201).error() == k_refused);
    go.set_value();
    for (int stream = 1; stream <= 199; stream += 2)
        while (client.bodies[stream] != "ok") REQUIRE(client.next().type != -1);
}

TEST_CASE("http2: a drain says GOAWAY, and what is under way is finished") {
    TlsRig tls;
    std::promise<void> seen, go;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        peer.head();
        seen.set_value();
        go.get_future().wait();
        peer.send(k_ok);
        peer.rest();
    }};
    auto idle = connect(tls), busy = connect(tls);
    busy.send(frame(k_headers, k_whole, 1, request_block()));
    seen.get_future().wait();
    idle.send(frame(k_ping, 0, 0, "12345678"));
    idle.wait(k_ping);
    auto stopped = std::async(std::launch::async, [&] { tls.rig->proxy->stop(std::chrono::seconds{10}); });
    CHECK(idle.wait(k_goaway).error() == k_no_error);
    CHECK(busy.wait(k_goaway).error() == k_no_error);
    go.set_value();
    CHECK(busy.wait_answer(1));
    CHECK(busy.bodies[1] == "ok");
    CHECK(busy.next().type == -1);
    CHECK(stopped.wait_for(std::chrono::seconds{10}) == std::future_status::ready);
}

TEST_CASE("http2: what is no HTTP/2 is let go, and an idle connection ends in order") {
    TlsRig tls{{}, [](ProxyOptions& options, Limits&) { options.idle_timeout = std::chrono::milliseconds{200}; }};
    auto wrong = tls.client({.host = {}, .protocol = "h2"});
    wrong.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    wrong.rest();
    auto client = connect(tls);
    CHECK(client.wait(k_goaway).error() == k_no_error);
    CHECK(client.next().type == -1);
    CHECK(client.peer.ended_in_order());
    CHECK(eventually([&] { return tls.rig->proxy->counters().connections == 0; }));
}
