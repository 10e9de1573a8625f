#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <future>

#include "base/http/chunked.hpp"
#include "tests/component/proxy/tls_peer.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;

namespace {
const std::string k_lying_get = "GET /foo/x HTTP/1.1\r\nHost: h\r\nX-Client-Cert-Subject: CN=liar\r\nX-Forwarded-Proto: gopher\r\n\r\n";
}

TEST_CASE("tls: requests reach their tenant on a kept connection, which is told that they came by https") {
    TlsRig tls;
    std::string seen;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty(); peer.send(k_ok)) seen = head;
    }};
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = tls.client({.version = version});
        REQUIRE(client.connected());
        for (int i = 0; i < 3; ++i) {
            client.send(k_lying_get);
            CHECK(client.until("\r\n\r\nok").starts_with("HTTP/1.1 200 OK\r\n"));
        }
        CHECK(has(seen, "X-Forwarded-Proto: https\r\n"));
        CHECK_FALSE(has(seen, "liar"));
        CHECK_FALSE(has(seen, "X-Client-Cert"));
    }
    CHECK(foo.connections() == 1);
}

TEST_CASE("tls: the certificate is chosen by the name the client asks for") {
    TlsRig tls;
    for (const auto& [host, expected] : std::vector<std::pair<std::string, std::string>>{
             {"", "first"}, {"first.test", "first"}, {"second.test", "second"}, {"SECOND.test", "second"}, {"a.wild.test", "second"},
             {"a.b.wild.test", "first"}, {"wild.test", "first"}, {"unknown.test", "first"}}) {
        CAPTURE(host);
        auto client = tls.client({.host = host});
        REQUIRE(client.connected());
        CHECK(client.server_name() == expected);
    }
}

TEST_CASE("tls: versions and protocols that are not offered are refused") {
    TlsRig tls;
    CHECK_FALSE(tls.client({.version = TLS1_1_VERSION}).connected());
    CHECK_FALSE(tls.client({.protocol = "spdy/3"}).connected());
    CHECK(tls.client({.protocol = ""}).connected());
    TlsRig newest{[](mt::TlsConfig& config) { config.tls13_only = true; }};
    CHECK_FALSE(newest.client({.version = TLS1_2_VERSION}).connected());
    CHECK(newest.client().connected());
    auto client = tls.client({.version = TLS1_2_VERSION});
    REQUIRE(client.connected());
    CHECK((SSL_renegotiate(client.ssl()) != 1 || SSL_do_handshake(client.ssl()) != 1));
}

TEST_CASE("tls: a certificate of a client is asked for, checked and told to the worker") {
    using Auth = mt::TlsConfig::ClientAuth;
    for (const auto auth : {Auth::optional, Auth::required}) {
        TlsRig tls{[&](mt::TlsConfig& config) { config.client_auth = auth; }};
        std::string seen;
        FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
            for (std::string head; !(head = peer.head()).empty(); peer.send(k_ok)) seen = head;
        }};
        const auto alice = make_certificate(tls.folder, "alice\r\nX-Evil: 1", {}, &tls.authority);
        const auto served = [&](const MadeCertificate* certificate) {
            auto client = tls.client({.certificate = certificate});
            client.send(k_lying_get);
            return has(client.until("\r\n\r\nok"), "200 OK");
        };
        CHECK(served(&alice));
        CHECK(has(seen, "X-Client-Cert-Subject: CN=alice\\0D\\0AX-Evil: 1\r\n"));
        CHECK(has(seen, "X-Client-Cert-Fingerprint: "));
        CHECK_FALSE(has(seen, "\nX-Evil"));
        CHECK_FALSE(has(seen, "liar"));
        CHECK_FALSE(served(&tls.second));  // signed by nobody we trust
        CHECK(served(nullptr) == (auth == Auth::optional));
    }
}

TEST_CASE("tls: sessions are resumed by ticket, and not over a change of the configuration") {
    TlsRig tls;
    FakeWorker foo{tls.rig->path("foo"), always(k_ok)};
    auto client = tls.client();
    client.send(k_lying_get);
    client.until("\r\n\r\nok");  // the tickets came before it
    SSL_SESSION* const session = SSL_get1_session(client.ssl());
    CHECK(tls.client({.resume = session}).resumed());
    std::vector<std::string> warnings;
    tls.rig->proxy->publish_tls(*TlsSetup::load(tls.config, warnings));
    auto later = tls.client({.resume = session});
    CHECK(later.connected());
    CHECK_FALSE(later.resumed());
    SSL_SESSION_free(session);
}

TEST_CASE("tls: new certificates are for new connections, open ones go on; a broken one is refused by file and reason") {
    TlsRig tls;
    FakeWorker foo{tls.rig->path("foo"), always(k_ok)};
    auto before = tls.client();
    before.send(k_lying_get);
    CHECK(has(before.until("\r\n\r\nok"), "200 OK"));
    std::swap(tls.config.certificates[0], tls.config.certificates[1]);
    std::vector<std::string> warnings;
    auto setup = TlsSetup::load(tls.config, warnings);
    REQUIRE(setup.ok());
    tls.rig->proxy->publish_tls(*setup);
    CHECK(tls.client().server_name() == "second");
    before.send(k_lying_get);
    CHECK(has(before.until("\r\n\r\nok"), "200 OK"));

    tls.config.certificates[0].key = tls.first.key;
    setup = TlsSetup::load(tls.config, warnings);
    REQUIRE_FALSE(setup.ok());
    CHECK(setup.error().code() == mt::Errc::invalid_config);
    CHECK(setup.error().place().file == tls.first.key);
    CHECK(has(setup.error().message(), "does not belong"));
}

TEST_CASE("tls: large bodies pass both ways, in order, whatever the pace of the reader") {
    TlsRig tls{{}, [](ProxyOptions&, Limits& limits) { limits.body_bytes = 64u << 20; }};
    std::string body(3u << 20, 'x');
    for (std::size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>('a' + i % 26);
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        while (!peer.head().empty()) {
            const auto got = peer.bytes(body.size());
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n300000\r\n" + got + "\r\n0\r\n\r\n");
        }
    }};
    auto client = tls.client();
    const int small = 64 << 10;
    ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (int i = 0; i < 2; ++i) {
        client.send("POST /foo/x HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
        REQUIRE(client.send(body));
        REQUIRE(has(client.until("\r\n\r\n"), "Transfer-Encoding: chunked"));
        std::string text;
        while (!text.ends_with("\r\n0\r\n\r\n")) {
            const auto more = client.some();
            if (more.empty()) break;
            text += more;
        }
        std::string decoded;
        mt::http::ChunkedDecoder decoder;
        for (std::size_t used = 0; used < text.size() && !decoder.done();) {
            const auto step = decoder.feed(std::string_view{text}.substr(used));
            decoded += step.data;
            used += step.used;
            if (decoder.failed()) break;
        }
        CHECK(decoded == body);
    }
}

TEST_CASE("tls: plain HTTP is told so, garbage and silence are let go, and others are served meanwhile") {
    TlsRig tls{{}, [](ProxyOptions& options, Limits&) { options.head_timeout = std::chrono::milliseconds{300}; }};
    FakeWorker foo{tls.rig->path("foo"), always(k_ok)};
    auto plain = tls.rig->client();
    plain.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto told = plain.answer();
    plain.close();
    CHECK(told.starts_with("HTTP/1.1 400 "));
    CHECK(has(told, "https"));

    auto garbage = tls.rig->client();
    garbage.send(std::string(600, '\x17'));
    garbage.rest();
    auto silent = tls.rig->client(), dribbles = tls.rig->client();
    dribbles.send("\x16\x03\x01\x02");
    auto good = tls.client();
    good.send(k_lying_get);
    CHECK(has(good.until("\r\n\r\nok"), "200 OK"));
    CHECK(silent.rest().empty());
    CHECK(dribbles.rest().empty());
    CHECK(eventually([&] { return tls.rig->proxy->counters().connections == 1; }));
}

TEST_CASE("tls: a half-closed client gets its answer, and ends are said in order") {
    TlsRig tls;
    std::promise<void> ended;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        peer.head();
        ended.get_future().wait();
        peer.send(k_ok);
    }};
    auto client = tls.client();
    client.send("GET /foo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    client.end_sending();
    ended.set_value();
    CHECK(has(client.rest(), "\r\n\r\nok"));
    CHECK(client.ended_in_order());
}

TEST_CASE("tls: a body that breaks off does not end in order") {
    TlsRig tls;
    FakeWorker foo{tls.rig->path("foo"), [&](Peer& peer, int) {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    }};
    auto client = tls.client();
    client.send(k_lying_get);
    CHECK(has(client.rest(), "half"));
    CHECK_FALSE(client.ended_in_order());
}

TEST_CASE("tls: the plain listener sends all but the health page to https") {
    TlsRig tls{[](mt::TlsConfig& config) { config.redirect = true; },
               [](ProxyOptions& options, Limits&) { options.listen.insert(options.listen.begin(), ListenAddress{"127.0.0.1", 0}); }};
    const auto port = std::to_string(tls.rig->proxy->bound()[1].port);
    const auto answer = tls.rig->get("/foo/x?y=1");
    CHECK(answer.starts_with("HTTP/1.1 308 "));
    CHECK(has(answer, "\r\nLocation: https://h:" + port + "/foo/x?y=1\r\n"));
    CHECK(has(tls.rig->get("/"), "\r\nLocation: https://h:" + port + "/\r\n"));
    CHECK(has(tls.rig->get("/-/health"), "200 OK"));
    CHECK(tls.rig->get("/foo/../x").starts_with("HTTP/1.1 400 "));
}
