#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/component/proxy/rig.hpp"

using namespace mt::gateway;
using namespace mt::gateway::test;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder() {
        char name[] = "/tmp/mtg-observe-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() { fs::remove_all(path); }
    std::string file(const char* name) const { return (path / name).native(); }
    fs::path path;
};

std::vector<std::string> lines_of(const std::string& file) {
    std::ifstream in{file};
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

TrafficReport report_of(Rig& rig) {
    std::promise<TrafficReport> promise;
    rig.proxy->collect([&](TrafficReport report) { promise.set_value(std::move(report)); });
    auto future = promise.get_future();
    REQUIRE(future.wait_for(std::chrono::seconds{10}) == std::future_status::ready);
    return future.get();
}

}  // namespace

TEST_CASE("access log: a line per request, with tenant, id, status and sizes, and no query secret") {
    const Folder folder;
    const auto file = folder.file("access.log");
    Rig rig{[&](ProxyOptions& options, Limits& limits) {
        options.access_log = {file, true};
        limits.body_bytes = 100;
    }};
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        while (!peer.head().empty()) {
            peer.bytes(3);
            peer.send(k_ok);
        }
    }};
    auto client = rig.client();
    client.send("POST /foo/x?access_token=hush HTTP/1.1\r\nHost: h\r\nX-Request-Id: my-id\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(client.answer().ends_with("ok"));
    rig.get("/nobody");
    rig.get("/-/health");
    auto broken = rig.client();
    broken.send("GET / HTTP/1.1\r\nno colon\r\n\r\n");
    CHECK(broken.rest().starts_with("HTTP/1.1 400 "));
    CHECK(eventually([&] { return lines_of(file).size() == 4; }));  // within a second, while a connection is open
    const auto lines = lines_of(file);
    REQUIRE(lines.size() == 4);
    const auto first = nlohmann::json::parse(lines[0]);
    CHECK(first["tenant"] == "foo");
    CHECK(first["request_id"] == "my-id");
    CHECK(first["target"] == "/foo/x?access_token=...");
    CHECK(first["status"] == 200);
    CHECK(first["bytes_in"] == 3);
    CHECK(first["bytes_out"] == 2);
    CHECK(first["duration_ms"] >= first["worker_ms"]);
    CHECK(first["trace_id"].get<std::string>().size() == 32);
    CHECK(nlohmann::json::parse(lines[1])["status"] == 404);
    CHECK_FALSE(nlohmann::json::parse(lines[1]).contains("tenant"));
    CHECK(nlohmann::json::parse(lines[2])["target"] == "/-/health");
    CHECK(nlohmann::json::parse(lines[3])["status"] == 400);
    CHECK(lines[0].find("hush") == std::string::npos);
}

TEST_CASE("access log: what is buffered is written at the end, and after a move to a new file") {
    const Folder folder;
    const auto file = folder.file("access.log");
    {
        Rig rig{[&](ProxyOptions& options, Limits&) { options.access_log = {file, false}; }};
        CHECK(has(rig.get("/-/health"), "ok"));
        fs::rename(file, folder.file("old.log"));
        rig.proxy->reopen_log();
        CHECK(eventually([&] { return fs::exists(file); }));
        CHECK(lines_of(folder.file("old.log")).size() == 1);
        CHECK(has(rig.get("/-/health"), "ok"));
    }
    REQUIRE(lines_of(file).size() == 1);
    CHECK(has(lines_of(file)[0], "\"GET /-/health HTTP/1.1\" 200 16 \"-\" \"-\" - "));
}

TEST_CASE("access log: threads do not tear each other's lines") {
    const Folder folder;
    const auto file = folder.file("access.log");
    {
        Rig rig{[&](ProxyOptions& options, Limits&) {
            options.access_log = {file, true};
            options.threads = 4;
        }};
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                auto client = rig.client();
                for (int k = 0; k < 200; ++k) {
                    client.send("GET /-/health HTTP/1.1\r\nHost: h\r\nUser-Agent: " + std::string(500, 'u') + "\r\n\r\n");
                    client.answer();
                }
            });
        for (auto& thread : threads) thread.join();
    }
    const auto lines = lines_of(file);
    CHECK(lines.size() == 1600);
    for (const auto& line : lines) CHECK(nlohmann::json::accept(line));
}

TEST_CASE("access log: a file that cannot be opened stops the start, a full one costs lines only") {
    ProxyOptions options;
    options.listen = {{"127.0.0.1", 0}};
    options.access_log = {"/nonexistent/access.log", false};
    struct : Demand {
        void want(const mt::TenantId&) override {}
    } demand;
    const auto refused = Proxy::create(options, std::make_shared<TenantTable>(), demand);
    REQUIRE_FALSE(refused.ok());
    CHECK(has(refused.error().message(), "/nonexistent/access.log"));

    Rig rig{[](ProxyOptions& rig_options, Limits&) { rig_options.access_log = {"/dev/full", false}; }};
    auto client = rig.client();
    for (int i = 0; i < 10; ++i) {
        client.send("GET /-/health HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK(client.answer().starts_with("HTTP/1.1 200 "));
    }
    CHECK(eventually([&] { return report_of(rig).log_lines_lost == 10; }));
}

TEST_CASE("trace: the worker gets a traceparent of the client's trace, or of a new one; or nothing is touched") {
    const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736", parent = "00f067aa0ba902b7";
    const auto theirs = "traceparent: 00-" + id + "-" + parent + "-01\r\ntracestate: a=1,b=2\r\n";
    for (const bool on : {true, false}) {
        CAPTURE(on);
        Rig rig{[&](ProxyOptions& options, Limits&) { options.trace = on; }};
        std::string seen;
        FakeWorker foo{rig.path("foo"), [&](Peer& peer, int) {
            for (std::string head; !(head = peer.head()).empty(); peer.send(k_ok)) seen = head;
        }};
        rig.get("/foo", theirs);
        CHECK(has(seen, "traceparent: 00-" + id + "-"));
        CHECK(has(seen, parent) != on);
        CHECK(has(seen, "tracestate: a=1,b=2\r\n"));
        rig.get("/foo", "traceparent: nonsense\r\ntracestate: a=1\r\n");
        CHECK(has(seen, "traceparent: nonsense") != on);
        CHECK(has(seen, "tracestate: a=1") != on);
        rig.get("/foo");
        CHECK(has(seen, "traceparent: 00-") == on);
    }
}

TEST_CASE("metrics: requests, bytes and what is in flight, by tenant within the bound, over all threads") {
    Rig rig{[](ProxyOptions& options, Limits&) {
        options.threads = 2;
        options.metrics_tenants = 1;
    }};
    FakeWorker foo{rig.path("foo"), [](Peer& peer, int) {
        while (!peer.head().empty()) {
            peer.bytes(3);
            peer.send(k_ok);
        }
    }};
    FakeWorker bar{rig.path("bar"), always("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")};
    for (int i = 0; i < 20; ++i) {
        auto client = rig.client();
        client.send("POST /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
        CHECK(client.answer().ends_with("ok"));
    }
    for (int i = 0; i < 5; ++i) rig.get("/bar");
    rig.get("/nobody");
    rig.get("/-/health");
    CHECK(rig.get("/-/metrics").starts_with("HTTP/1.1 404 "));
    CHECK(eventually([&] { return rig.proxy->counters().requests == 28; }));
    const auto report = report_of(rig);
    REQUIRE(report.tenants.size() == 1);
    CHECK(report.tenants[0].tenant == "foo");
    CHECK(report.tenants[0].traffic.by_class[1] == 20);
    CHECK(report.tenants[0].traffic.bytes_in == 60);
    CHECK(report.tenants[0].traffic.bytes_out == 40);
    CHECK(report.tenants[0].in_flight == 0);
    CHECK(report.other.by_class[4] == 5);
    CHECK(report.tenantless.by_class[1] == 1);
    CHECK(report.tenantless.by_class[3] == 2);
    CHECK(report.accepted == 28);

    // A tenant that leaves counts with the others from then on, and its row is free.
    auto table = std::make_shared<TenantTable>(*rig.table);
    table->erase("foo");
    rig.publish(table);
    CHECK(eventually([&] { return report_of(rig).other.by_class[1] == 20; }));
    CHECK(report_of(rig).tenants.empty());
    rig.proxy->publish(rig.table);
}

TEST_CASE("metrics: the page is offered to clients only where it is switched on") {
    struct Page : Rig {
        using Rig::Rig;
        void metrics(std::function<void(std::string)> done) override { std::thread{std::move(done), "mtg_up 1\n"}.detach(); }
    };
    Page rig{[](ProxyOptions& options, Limits&) { options.metrics_public = true; }};
    const auto page = rig.get("/-/metrics");
    CHECK(page.starts_with("HTTP/1.1 200 "));
    CHECK(has(page, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    CHECK(page.ends_with("\r\n\r\nmtg_up 1\n"));
    CHECK(rig.get("/-/metricsx").starts_with("HTTP/1.1 404 "));
    auto client = rig.client();
    client.send("HEAD /-/metrics HTTP/1.1\r\nHost: h\r\n\r\nGET /-/metrics?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(client.head().starts_with("HTTP/1.1 200 "));
    CHECK(client.answer().ends_with("mtg_up 1\n"));
}

TEST_CASE("tap: requests are told as they finish, while somebody listens") {
    Rig rig;
    FakeWorker foo{rig.path("foo"), always(k_ok)};
    rig.get("/foo/before");
    std::mutex mutex;
    std::vector<nlohmann::json> lines;
    auto tap = std::make_shared<Tap>();
    tap->tenant = "foo";
    tap->put = [&](const std::string& line) {
        const std::lock_guard lock{mutex};
        lines.push_back(nlohmann::json::parse(line));
    };
    const auto count = [&] {
        const std::lock_guard lock{mutex};
        return lines.size();
    };
    rig.proxy->tap(tap);
    report_of(rig);  // travels behind the tap: every thread has it
    rig.gate("foo").set(Admission::cold);
    auto held = std::async(std::launch::async, [&] { return rig.get("/foo/x?access_token=hush"); });
    REQUIRE(rig.wait_wanted(1));
    rig.gate("foo").set(Admission::ready);
    rig.proxy->wake(*mt::TenantId::parse("foo"));
    CHECK(held.get().ends_with("ok"));
    rig.get("/bar/not-mine");
    REQUIRE(eventually([&] { return count() == 1; }));
    CHECK(lines[0]["path"] == "/foo/x?access_token=...");
    CHECK(lines[0]["status"] == 200);
    CHECK(lines[0]["bytes_out"] == 2);
    const auto cold = lines[0]["cold_start_ms"].get<double>();
    CHECK(cold > 0);
    CHECK(lines[0]["queue_ms"].get<double>() < 0.001);
    CHECK(lines[0]["total_ms"].get<double>() >= cold);
    rig.proxy->untap(tap);
    report_of(rig);
    rig.get("/foo/after");
    CHECK(count() == 1);
}
