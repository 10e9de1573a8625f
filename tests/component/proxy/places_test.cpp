#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/component/proxy/rig.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace mt::gateway::test;

namespace {

/// A listening TCP socket on a free port.
Fd listen_on_loopback(unsigned short& port) {
    Fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::listen(fd.get(), 16) == 0);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port = ntohs(address.sin_port);
    return fd;
}

/// Publishes the rig's table with one tenant changed.
void change(Rig& rig, const char* tenant, const std::function<void(TenantEntry&)>& how, std::vector<std::string> hosts = {}) {
    auto table = std::make_shared<TenantTable>(*rig.table);
    auto entry = std::make_shared<TenantEntry>(*table->find(tenant)->second);
    how(*entry);
    table->set(tenant, entry);
    for (auto& host : hosts) table->hosts.set(std::move(host), entry);
    rig.table = table;
    rig.proxy->publish(table);
}

FakeWorker::Script echo_heads() {
    return [](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty();)
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(head.size()) + "\r\n\r\n" + head);
    };
}

std::string ask_host(Rig& rig, const std::string& target, const std::string& host) {
    auto client = rig.client();
    client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    return client.rest();
}

}  // namespace

TEST_CASE("proxy: a tenant's server may be reached by TCP, and one that is not there is a 503") {
    Rig rig;
    unsigned short port = 0;
    Fd server = listen_on_loopback(port);
    change(rig, "foo", [&](TenantEntry& entry) {
        entry.socket_path.clear();
        entry.host = "127.0.0.1";
        entry.port = port;
    });
    std::thread serving{[&] {
        Peer peer{::accept(server.get(), nullptr, nullptr)};
        for (int i = 0; i < 2; ++i) {
            if (!has(peer.head(), "GET /x HTTP/1.1")) return;
            peer.send(k_ok);
        }
    }};
    CHECK(rig.get("/foo/x").ends_with("\r\n\r\nok"));
    CHECK(rig.get("/foo/x").ends_with("\r\n\r\nok"));  // on the same connection
    serving.join();
    server.reset();
    const auto answer = rig.get("/foo/x");
    CHECK(answer.starts_with("HTTP/1.1 503 "));
    CHECK(has(answer, "Retry-After: "));
}

TEST_CASE("proxy: strip_prefix false leaves the path whole and the answer alone") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        for (std::string head; !(head = peer.head()).empty();)
            peer.send("HTTP/1.1 302 Found\r\nLocation: /x\r\nX-Line: " + head.substr(0, head.find('\r')) + "\r\nX-Told: " +
                      (has(head, "X-Forwarded-Prefix") ? "yes" : "no") + "\r\nContent-Length: 0\r\n\r\n");
    }};
    change(rig, "foo", [](TenantEntry& entry) { entry.strip_prefix = false; });
    CHECK(eventually([&] { return has(rig.get("/foo/x?y"), "X-Line: GET /foo/x?y HTTP/1.1\r\n"); }));
    const auto bare = rig.get("/foo");
    CHECK(has(bare, "X-Line: GET /foo HTTP/1.1\r\n"));
    CHECK(has(bare, "X-Told: no\r\n"));
    CHECK(has(bare, "Location: /x\r\n"));
}

TEST_CASE("proxy: a host reaches its tenant with the path whole, others go by the path") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), echo_heads()}, bar{rig.path("bar"), always(k_ok)};
    change(rig, "foo", [](TenantEntry&) {}, {"shop.example", "*.shop.example"});
    CHECK(eventually([&] { return has(ask_host(rig, "/bar/x?y", "shop.example"), "GET /bar/x?y HTTP/1.1\r\n"); }));
    CHECK(has(ask_host(rig, "/", "SHOP.example:80"), "GET / HTTP/1.1\r\n"));
    CHECK(has(ask_host(rig, "/x", "a.b.shop.example."), "GET /x HTTP/1.1\r\n"));
    CHECK(has(ask_host(rig, "http://shop.example/x", "other"), "GET /x HTTP/1.1\r\nHost: shop.example\r\n"));
    CHECK_FALSE(has(ask_host(rig, "/x", "shop.example"), "X-Forwarded-Prefix"));
    CHECK(ask_host(rig, "/bar/x", "other.example").ends_with("\r\n\r\nok"));
    CHECK(has(ask_host(rig, "/foo/x", "other.example"), "GET /x HTTP/1.1\r\n"));
    CHECK(ask_host(rig, "/x", "myshop.example").starts_with("HTTP/1.1 404 "));
    CHECK(ask_host(rig, "/x/../y", "shop.example").starts_with("HTTP/1.1 400 "));
    CHECK(has(ask_host(rig, "/-/health", "shop.example"), "{\"status\":\"ok\"}"));
}

TEST_CASE("proxy: X-Forwarded-* are believed of a trusted peer only") {
    const std::string said = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: www.example\r\nX-Forwarded-Prefix: /apps/\r\nX-Forwarded-For: 9.9.9.9\r\n";
    for (const bool trusted : {true, false}) {
        CAPTURE(trusted);
        Rig rig{[&](ProxyOptions& options, Limits&) { options.trusted_proxies = {*parse_network(trusted ? "127.0.0.0/8" : "10.0.0.0/8")}; }};
        std::string seen;
        FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
            for (std::string head; !(head = peer.head()).empty();) {
                seen = head;
                peer.send("HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n");
            }
        }};
        const auto answer = rig.get("/foo/y", said);
        CHECK(has(seen, trusted ? "X-Forwarded-Proto: https\r\n" : "X-Forwarded-Proto: http\r\n"));
        CHECK(has(seen, trusted ? "X-Forwarded-Host: www.example\r\n" : "X-Forwarded-Host: h\r\n"));
        CHECK(has(seen, trusted ? "X-Forwarded-Prefix: /apps/foo\r\n" : "X-Forwarded-Prefix: /foo\r\n"));
        CHECK(has(seen, "X-Forwarded-For: 9.9.9.9, 127.0.0.1\r\n"));
        CHECK(has(answer, trusted ? "Location: /apps/foo/x\r\n" : "Location: /foo/x\r\n"));
        CHECK(has(answer, trusted ? "a=b; Path=/apps/foo\r\n" : "a=b; Path=/foo\r\n"));
        for (const char* nonsense : {"X-Forwarded-Prefix: /a/../b\r\n", "X-Forwarded-Prefix: apps\r\n", "X-Forwarded-Prefix: /a b\r\n", "X-Forwarded-Prefix: //evil\r\n"}) {
            rig.get("/foo/y", nonsense);
            CHECK(has(seen, "X-Forwarded-Prefix: /foo\r\n"));
        }
    }
}
