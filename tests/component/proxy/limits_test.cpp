#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <future>

#include "tests/component/proxy/rig.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;
using std::chrono::milliseconds;

namespace {

const std::string k_get = "GET /foo HTTP/1.1\r\nHost: h\r\n\r\n";

/// A worker that reports each request's head and answers it when it is told to.
struct Patient {
    explicit Patient(std::string path) : worker(std::move(path), [this](Peer& peer, int) {
        while (!peer.head().empty()) {
            ++asked;
            std::unique_lock lock{mutex};
            if (!changed.wait_for(lock, std::chrono::seconds{20}, [&] { return may_answer > 0; })) return;
            --may_answer;
            lock.unlock();
            peer.send(k_ok);
        }
    }) {}
    void let(int requests) {
        const std::lock_guard lock{mutex};
        may_answer += requests;
        changed.notify_all();
    }
    std::atomic<int> asked{0};
    std::mutex mutex;
    std::condition_variable changed;
    int may_answer = 0;
    FakeWorker worker;  // last: its threads use the others
};

void change(Rig& rig, const std::function<void(Limits&)>& adjust) {
    auto table = std::make_shared<TenantTable>(*rig.table);
    auto entry = std::make_shared<TenantEntry>(*table->find("foo")->second);
    adjust(entry->limits);
    table->set("foo", std::move(entry));
    rig.publish(table);
}

}  // namespace

TEST_CASE("limits: request line, head and fields are those of the configuration") {
    Rig rig{[](ProxyOptions& options, Limits&) { options.head = {1024, 128, 5}; }};
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    CHECK(rig.get("/foo/" + std::string(90, 'a')).ends_with("ok"));
    CHECK(rig.get("/foo/" + std::string(130, 'a')).starts_with("HTTP/1.1 414 "));
    CHECK(rig.get("/foo", "X: " + std::string(900, 'a') + "\r\n").ends_with("ok"));
    CHECK(rig.get("/foo", "X: " + std::string(1100, 'a') + "\r\n").starts_with("HTTP/1.1 431 "));
    CHECK(rig.get("/foo", "A: 1\r\nB: 1\r\nC: 1\r\n").ends_with("ok"));
    CHECK(rig.get("/foo", "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n").starts_with("HTTP/1.1 431 "));
}

TEST_CASE("limits: the largest head that can be configured fills the buffer and no more") {
    Rig rig{[](ProxyOptions& options, Limits&) { options.head = {64u << 10, 8u << 10, 200}; }};
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    const std::string frame = "GET /foo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: \r\n\r\n";
    for (const int more : {0, 1}) {
        CAPTURE(more);
        auto client = rig.client();
        client.send("GET /foo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: " + std::string((64u << 10) - frame.size() + static_cast<std::size_t>(more), 'a') + "\r\n\r\n");
        CHECK(client.rest().starts_with(more ? "HTTP/1.1 431 " : "HTTP/1.1 200 "));
    }
}

TEST_CASE("limits: a tenant's rate is a 429 with Retry-After and RateLimit, and the connection goes on") {
    Rig rig{[](ProxyOptions&, Limits& limits) {
        limits.rate = {1, milliseconds{3'600'000}};
        limits.burst = 2;
    }};
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    FakeWorker bar{rig.path("bar"), always(k_ok)};
    auto client = rig.client();
    for (int i = 0; i < 2; ++i) {
        client.send(k_get);
        CHECK(client.answer().starts_with("HTTP/1.1 200 "));
    }
    for (int i = 0; i < 2; ++i) {
        client.send(k_get);
        const auto refused = client.answer();
        CHECK(refused.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
        CHECK(has(refused, "RateLimit-Policy: \"rate\";q=2;w=7200\r\n"));
        CHECK(has(refused, "Retry-After: 3600\r\n"));
        CHECK(has(refused, "RateLimit: \"rate\";r=0;t=3600\r\n"));
        CHECK(has(refused, "application/problem+json"));
    }
    CHECK(rig.get("/bar").ends_with("ok"));
    CHECK(rig.get("/nobody").starts_with("HTTP/1.1 404 "));
    CHECK(eventually([&] { return rig.gate("foo").requests == 4; }));
    CHECK(rig.gate("foo").server_errors == 0);
    change(rig, [](Limits& limits) { limits.rate = {}; });
    CHECK(rig.get("/foo").ends_with("ok"));
    rig.proxy->publish(rig.table);
}

TEST_CASE("limits: more than a tenant's concurrency wait in order, and go on as places are free") {
    for (const unsigned threads : {1u, 2u}) {
        CAPTURE(threads);
        Rig rig{[&](ProxyOptions& options, Limits& limits) {
            options.threads = threads;
            limits.concurrency = 2;
        }};
        Patient foo{rig.path("foo")};
        std::vector<Peer> clients;
        for (int i = 0; i < 10; ++i) {
            clients.push_back(rig.client());
            clients.back().send(k_get);
        }
        CHECK(eventually([&] { return foo.asked == 2 && rig.gate("foo").held == 8; }));
        CHECK(rig.gate("foo").in_flight == 2);
        foo.let(3);
        CHECK(eventually([&] { return foo.asked == 5; }));
        CHECK(rig.gate("foo").in_flight == 2);
        foo.let(7);
        for (auto& client : clients) CHECK(client.answer().ends_with("ok"));
        CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));
        CHECK(rig.gate("foo").held == 0);
        CHECK(rig.gate("foo").loops_waiting == 0);
    }
}

TEST_CASE("limits: whoever does not find a place in time or in the queue gets 429, and the place of one that left goes on") {
    Rig rig{[](ProxyOptions&, Limits& limits) {
        limits.concurrency = 1;
        limits.queue = 2;
    }};
    Patient foo{rig.path("foo")};
    auto first = rig.client();
    first.send(k_get);
    CHECK(eventually([&] { return foo.asked == 1; }));
    auto gone = rig.client(), second = rig.client();
    gone.send(k_get);
    CHECK(eventually([&] { return rig.gate("foo").held == 1; }));
    second.send(k_get);
    CHECK(eventually([&] { return rig.gate("foo").held == 2; }));
    const auto refused = rig.get("/foo");
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(has(refused, "Retry-After: 1\r\n"));
    CHECK(has(refused, "RateLimit-Policy: \"concurrency\";q=1;qu=\"concurrent-requests\"\r\n"));
    const linger now{1, 0};
    ::setsockopt(gone.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    gone.close();
    foo.let(2);
    CHECK(first.answer().ends_with("ok"));
    CHECK(second.answer().ends_with("ok"));

    change(rig, [](Limits& limits) { limits.queue_wait = milliseconds{100}; });
    first.send(k_get);
    CHECK(eventually([&] { return foo.asked == 3; }));
    CHECK(rig.get("/foo").starts_with("HTTP/1.1 429 "));
    foo.let(1);
    CHECK(first.answer().ends_with("ok"));
    rig.proxy->publish(rig.table);
}

TEST_CASE("limits: a concurrency that is raised lets those in who wait") {
    Rig rig{[](ProxyOptions& options, Limits& limits) {
        options.threads = 2;
        limits.concurrency = 1;
    }};
    Patient foo{rig.path("foo")};
    std::vector<Peer> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(rig.client());
        clients.back().send(k_get);
    }
    CHECK(eventually([&] { return foo.asked == 1 && rig.gate("foo").held == 5; }));
    change(rig, [](Limits& limits) { limits.concurrency = 4; });
    CHECK(eventually([&] { return foo.asked == 4 && rig.gate("foo").held == 2; }));
    change(rig, [](Limits& limits) { limits.concurrency = 0; });
    CHECK(eventually([&] { return foo.asked == 6; }));
    foo.let(6);
    for (auto& client : clients) CHECK(client.answer().ends_with("ok"));
    rig.proxy->publish(rig.table);
}

TEST_CASE("limits: under many threads no place is lost and the concurrency is never exceeded") {
    Rig rig{[](ProxyOptions& options, Limits& limits) {
        options.threads = 4;
        limits.concurrency = 3;
        limits.queue = 1000;
    }};
    std::atomic<int> inside{0}, most{0};
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        while (!peer.head().empty()) {
            const int now = ++inside;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::yield();
            --inside;
            peer.send(k_ok);
        }
    }};
    std::vector<std::thread> threads;
    std::atomic<int> answered{0};
    for (int i = 0; i < 16; ++i)
        threads.emplace_back([&] {
            auto client = rig.client();
            for (int k = 0; k < 100; ++k) {
                client.send(k_get);
                answered += client.answer().ends_with("ok");
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(answered == 1600);
    CHECK(most <= 3);
    CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));
    CHECK(rig.gate("foo").held == 0);
}

TEST_CASE("fairness: a tenant at its limits with a full queue takes nothing that another one needs") {
    Rig rig{[](ProxyOptions&, Limits& limits) {
        limits.concurrency = 4;
        limits.queue = 50;
    }};
    Patient foo{rig.path("foo")};
    FakeWorker bar{rig.path("bar"), always(k_ok)};
    std::vector<Peer> flood;
    for (int i = 0; i < 54; ++i) {
        flood.push_back(rig.client());
        flood.back().send(k_get);
    }
    CHECK(eventually([&] { return rig.gate("foo").held == 50; }));
    auto client = rig.client();
    for (int i = 0; i < 200; ++i) {
        auto refused = rig.client();
        refused.send(k_get);
        client.send("GET /bar HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(client.answer().ends_with("ok"));
        CHECK(refused.answer().starts_with("HTTP/1.1 429 "));
    }
    CHECK(foo.asked == 4);
    CHECK(rig.gate("foo").in_flight == 4);
    CHECK(rig.gate("foo").held == 50);
    CHECK(bar.connections() == 1);
    foo.let(54);
    for (auto& each : flood) CHECK(each.answer().ends_with("ok"));
}

TEST_CASE("limits: a tunnel and an event stream without a byte end after tunnel_idle, a worker that takes none after connect_timeout") {
    Rig rig{[](ProxyOptions&, Limits& limits) {
        limits.tunnel_idle = milliseconds{100};
        limits.connect_timeout = milliseconds{100};
    }};
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        const auto head = peer.head();
        if (has(head, "/ws ")) peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
        else peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
        peer.rest();
    }};
    auto socket = rig.client();
    socket.send("GET /foo/ws HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    CHECK(socket.head().starts_with("HTTP/1.1 101 "));
    CHECK(socket.at_end());
    auto events = rig.client();
    events.send(k_get);
    CHECK(has(events.rest(), "data: 1"));
    CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));

    // A worker whose backlog is full takes no connection: nothing is accepted from it, and it holds one.
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = rig.path("bar");
    std::copy(path.begin(), path.end(), address.sun_path);
    const mt::Fd deaf{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    REQUIRE(::bind(deaf.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(deaf.get(), 0) == 0);
    const mt::Fd filler{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    REQUIRE(::connect(filler.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const auto refused = rig.get("/bar");
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(has(refused, "Retry-After: 1\r\n"));
}
