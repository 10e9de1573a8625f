#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "tests/component/proxy/rig.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;

namespace {

/// Another proxy with the same listening sockets, as the process that takes over has them.
std::unique_ptr<Proxy> heir_of(const Proxy& first, Rig& rig, unsigned threads) {
    ProxyOptions options;
    options.listen = first.bound();
    options.threads = threads;
    for (const int listener : first.listeners()) options.inherited_listeners.push_back(::dup(listener));
    auto heir = Proxy::create(std::move(options), rig.table, rig);
    REQUIRE(heir.ok());
    return *std::move(heir);
}

sockaddr_in address_of(int fd, int (*ask)(int, sockaddr*, socklen_t*)) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    if (ask(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
    return address;
}

/// The proxy's end of a client's connection: it lives in this process.
int other_end_of(int client) {
    const auto address = address_of(client, ::getsockname);
    for (int fd = 0; fd < 1024; ++fd) {
        const auto peer = address_of(fd, ::getpeername);
        if (peer.sin_family == AF_INET && peer.sin_port == address.sin_port) return fd;
    }
    return -1;
}

}  // namespace

TEST_CASE("proxy: what it sends on a connection is not held back for more") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    auto client = rig.client();
    client.send("GET /foo/a HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.answer().ends_with("ok"));
    int on = 0;
    socklen_t length = sizeof on;
    REQUIRE(::getsockopt(other_end_of(client.fd()), IPPROTO_TCP, TCP_NODELAY, &on, &length) == 0);
    CHECK(on != 0);
}

TEST_CASE("proxy: a cold tenant's requests are held and woken") {
    Rig rig;
    rig.gate("foo").set(Admission::cold);
    auto client = rig.client();
    client.send("GET /foo/a HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(rig.wait_wanted(1));
    CHECK(eventually([&] { return rig.gate("foo").held == 1; }));
    CHECK(rig.gate("foo").in_flight == 0);
    rig.proxy->wake(*mt::TenantId::parse("foo"));  // a false alarm
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    rig.gate("foo").set(Admission::ready);
    rig.proxy->wake(*mt::TenantId::parse("foo"));
    CHECK(client.answer().ends_with("ok"));
    CHECK(eventually([&] { return rig.gate("foo").held == 0; }));
}

TEST_CASE("proxy: the queue is bounded in length and time, and unavailable is a 503 at once") {
    Rig rig{[](ProxyOptions&, Limits& limits) {
        limits.queue = 1;
        limits.queue_wait = std::chrono::milliseconds{200};
    }};
    rig.gate("foo").set(Admission::cold);
    auto first = rig.client();
    first.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(rig.wait_wanted(1));
    CHECK(eventually([&] { return rig.gate("foo").held == 1; }));
    const auto full = rig.get("/foo");
    CHECK(full.starts_with("HTTP/1.1 503 "));
    CHECK(has(full, "Retry-After: 1\r\n"));
    CHECK(first.rest().starts_with("HTTP/1.1 503 "));
    CHECK(eventually([&] { return rig.gate("foo").held == 0; }));
    rig.gate("foo").set(Admission::unavailable, 9);
    CHECK(has(rig.get("/foo"), "Retry-After: 9\r\n"));
    rig.gate("foo").set(Admission::ready);  // but nobody listens
    CHECK(rig.get("/foo").starts_with("HTTP/1.1 503 "));
    CHECK(eventually([&] { return rig.gate("foo").server_errors == 4; }));
    CHECK(eventually([&] { return rig.gate("foo").in_flight == 0; }));
}

TEST_CASE("proxy: a held request's client may leave, and its tenant too") {
    Rig rig;
    rig.gate("foo").set(Admission::cold);
    auto gone = rig.client();
    gone.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    auto stays = rig.client();
    stays.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(eventually([&] { return rig.gate("foo").held == 2; }));
    const linger now{1, 0};
    ::setsockopt(gone.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    gone.close();
    CHECK(eventually([&] { return rig.gate("foo").held == 1; }));
    auto table = std::make_shared<TenantTable>(*rig.table);
    table->erase("foo");
    rig.proxy->publish(table);
    CHECK(stays.answer().starts_with("HTTP/1.1 404 "));
    CHECK(rig.get("/foo").starts_with("HTTP/1.1 404 "));
    rig.proxy->publish(rig.table);
}

TEST_CASE("proxy: drop_idle leaves no older connection, on any thread") {
    Rig rig{[](ProxyOptions& options, Limits&) { options.threads = 2; }};
    std::atomic<int> ended{0};
    FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
        while (!peer.head().empty()) peer.send(k_ok);
        ++ended;
    }};
    for (int i = 0; i < 20; ++i) CHECK(rig.get("/foo").ends_with("ok"));
    const int before = foo.connections();
    CHECK(before >= 1);
    CHECK(before <= 2);
    rig.gate("foo").next_generation();
    std::atomic<bool> done{false};
    rig.proxy->drop_idle(*mt::TenantId::parse("foo"), [&] { done = true; });
    CHECK(eventually([&] { return done.load(); }));
    CHECK(eventually([&] { return ended == before; }));
    CHECK(rig.get("/foo").ends_with("ok"));
    CHECK(foo.connections() == before + 1);
}

TEST_CASE("proxy: stop lets a request finish, and cuts it after the grace") {
    for (const bool patient : {true, false}) {
        CAPTURE(patient);
        Rig rig;
        std::promise<void> go;
        const auto may_answer = go.get_future().share();
        std::atomic<bool> asked{false};
        FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
            peer.head();
            asked = true;
            may_answer.wait();
            peer.send(k_ok);
        }};
        auto idle = rig.client();
        auto client = rig.client();
        client.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(eventually([&] { return asked.load(); }));
        std::string answer;
        std::thread reader{[&] {
            CHECK(idle.rest().empty());  // closed after a moment
            if (patient) go.set_value();
            answer = client.rest();
        }};
        rig.proxy->stop(std::chrono::milliseconds{patient ? 10'000 : 50});
        reader.join();
        if (!patient) go.set_value();
        CHECK(answer.ends_with(patient ? "ok" : ""));
        CHECK(answer.empty() == !patient);
    }
}

TEST_CASE("proxy: an idle connection may still use the moment that a drain leaves it, and ends without a reset") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    auto late = rig.client(), idle = rig.client(), deaf = rig.client(), fresh = rig.client(), another = rig.client();
    for (auto* client : {&late, &idle, &deaf, &fresh}) {
        client->send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK_FALSE(has(client->answer(), "Connection"));
    }
    std::thread stopping{[&] { rig.proxy->stop(std::chrono::milliseconds{10'000}); }};
    // New connections are refused once the drain has begun.
    CHECK(eventually([&] {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = rig.address();
        const bool refused = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
        ::close(fd);
        return refused;
    }));
    late.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\nGET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    another.send("GET /-/health HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = late.answer();
    CHECK(answer.ends_with("\r\n\r\nok"));
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK(late.rest().empty());  // not the one behind the last
    CHECK(has(another.rest(), "Connection: close\r\n"));
    CHECK(idle.rest().empty());
    idle.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");  // too late, yet no reset
    CHECK(idle.rest().empty());
    for (const auto* client : {&late, &idle, &another}) CHECK_FALSE(client->reset);
    stopping.join();  // though one of them never closes
}

TEST_CASE("proxy: a restart under load loses no request") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    std::atomic<bool> over{false};
    std::atomic<int> answered{0}, lost{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i)
        clients.emplace_back([&] {
            while (!over) {
                auto client = rig.client();
                for (bool open = true; open && !over;) {
                    client.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
                    const auto answer = client.answer();
                    if (answer.ends_with("ok")) ++answered;
                    else ++lost;
                    open = answer.ends_with("ok") && !has(answer, "Connection: close");
                }
            }
        });
    CHECK(eventually([&] { return answered > 100; }));
    for (int i = 0; i < 3; ++i) {
        auto next = heir_of(*rig.proxy, rig, 1);
        next->start();
        rig.proxy->leave(std::chrono::milliseconds{10'000});
        rig.proxy = std::move(next);
        CHECK(eventually([&, before = answered.load()] { return answered > before + 100; }));
    }
    over = true;
    for (auto& client : clients) client.join();
    CHECK(lost == 0);
}

TEST_CASE("Proxy::create: a taken port is a conflict, a bad address is usage") {
    Rig rig;
    const auto create = [&](ListenAddress address) {
        ProxyOptions options;
        options.listen = {address};
        options.threads = 1;
        return Proxy::create(options, rig.table, rig);
    };
    auto taken = create(rig.proxy->bound()[0]);
    REQUIRE_FALSE(taken.ok());
    CHECK(taken.error().code() == mt::Errc::conflict);
    CHECK_FALSE(taken.error().place().hint.empty());
    for (const char* bad : {"localhost", "", "300.0.0.1", "/tmp"}) {
        auto result = create({bad, 0});
        REQUIRE_FALSE(result.ok());
        CHECK(result.error().code() == mt::Errc::usage);
    }
    auto v6 = create({"::1", 0});
    if (v6.ok()) CHECK((*v6)->bound()[0].port != 0);
}

TEST_CASE("proxy: what waits at the listening sockets is the heir's when the first one leaves") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    auto next = heir_of(*rig.proxy, rig, 2);
    CHECK(next->bound()[0].port == rig.proxy->bound()[0].port);
    rig.proxy->leave(std::chrono::milliseconds{1000});
    auto waiting = rig.client();  // queues in the kernel: nobody accepts yet
    waiting.send("GET /foo HTTP/1.1\r\nHost: h\r\n\r\n");
    next->start();
    CHECK(waiting.answer().ends_with("ok"));
}

TEST_CASE("proxy: one that leaves gives requests their grace, and streams what their tenants allow") {
    for (const bool hurried : {false, true}) {
        CAPTURE(hurried);
        const std::chrono::milliseconds drain{hurried ? 3'600'000 : 400};
        Rig rig{[&](ProxyOptions&, Limits& limits) { limits.tunnel_drain = drain; }};
        FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
            const auto head = peer.head();
            if (has(head, "/ws "))
                peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
            if (has(head, "/events "))
                peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
            while (!peer.bytes(1).empty()) peer.send("still ");
        }};
        auto socket = rig.client(), events = rig.client(), slow = rig.client();
        socket.send("GET /foo/ws HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
        CHECK(socket.head().starts_with("HTTP/1.1 101 "));
        events.send("GET /foo/events HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(events.head().starts_with("HTTP/1.1 200 "));
        slow.send("GET /foo/slow HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(eventually([&] { return rig.gate("foo").in_flight == 3; }));
        std::thread leaving{[&] { rig.proxy->leave(std::chrono::milliseconds{50}); }};
        CHECK(slow.rest().empty());  // its time is up before that of the streams
        CHECK(rig.gate("foo").streams == 2);
        socket.send("x");
        CHECK(socket.bytes(6) == "still ");
        if (hurried) rig.proxy->hurry(std::chrono::milliseconds{0});
        CHECK(socket.rest().empty());
        CHECK(has(events.rest(), "data: 1"));
        leaving.join();
    }
}

TEST_CASE("proxy: accepting pauses at the limit and goes on after it") {
    Rig rig{[](ProxyOptions& options, Limits&) { options.connections_max = 2; }};
    auto a = rig.client();
    auto b = rig.client();
    CHECK(eventually([&] { return rig.proxy->counters().connections == 2; }));
    auto c = rig.client();
    c.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(rig.proxy->counters().connections == 2);
    a.close();
    CHECK(c.answer().starts_with("HTTP/1.1 200 "));
}
