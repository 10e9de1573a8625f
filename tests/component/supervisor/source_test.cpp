#include <doctest/doctest.h>

#include <sys/stat.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "gateway/supervisor/folder_source.hpp"
#include "gateway/supervisor/revision.hpp"
#include "tests/component/supervisor/stage.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("a folder that is renamed into place is routable, one that disappears is not") {
    Stage stage;
    stage.start();
    stage.write(".staging/foo/config.json", "{}");
    fs::rename(stage.folder / ".staging/foo", stage.folder / "foo");
    stage.until("foo in the table", [&] { return stage.proxy.entry("foo") != nullptr; });
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    const auto gate = stage.proxy.entry("foo")->gate;

    fs::create_directories(stage.folder / ".trash");
    fs::rename(stage.folder / "foo", stage.folder / ".trash/foo");
    stage.until("foo out of the table", [&] { return stage.proxy.entry("foo") == nullptr; });
    CHECK(gate->admission() == Admission::unavailable);
    stage.until("its worker gone", [&] { return ::kill(pid, 0) != 0; });
    CHECK_FALSE(fs::exists(stage.folder / ".run/foo.sock"));
}

TEST_CASE("an id that comes back has another generation and another worker") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    const auto generation = stage.gate("foo").generation();
    stage.write(".staging/foo/config.json", "{}");
    fs::rename(stage.folder / "foo", stage.folder / ".staging/old");
    REQUIRE(stage.ask("POST", "/tenants/foo/sync").ok());
    fs::rename(stage.folder / ".staging/foo", stage.folder / "foo");
    stage.until("foo is back", [&] { return stage.proxy.entry("foo") != nullptr; });
    CHECK(stage.gate("foo").generation() > generation);
    stage.want_until_ready("foo");
    CHECK(stage.status("foo")["pid"] != pid);
}

TEST_CASE("a folder swapped for one of the same content gets a new worker: its data is other data") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    stage.write(".staging/foo/config.json", "{}");
    fs::rename(stage.folder / "foo", stage.folder / ".staging/old");
    fs::rename(stage.folder / ".staging/foo", stage.folder / "foo");
    stage.until("another worker", [&] { return stage.status("foo").value("pid", json()).is_number() ? stage.status("foo")["pid"] != pid : (stage.want("foo"), false); });
}

TEST_CASE("a renamed folder moves with its worker's place") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    fs::rename(stage.folder / "foo", stage.folder / "bar");
    stage.until("bar instead of foo", [&] { return stage.proxy.entry("bar") && !stage.proxy.entry("foo"); });
    stage.want_until_ready("bar");
    const int pid = stage.status("bar")["pid"];
    stage.write("bar/config.json", R"({"x": 1})");  // its watch is alive
    stage.until("a new worker", [&] { return stage.status("bar")["pid"] != pid; });
}

TEST_CASE("names that are no ids, hidden folders and plain files are no tenants") {
    Stage stage;
    stage.write("good/config.json", "{}");
    stage.write("constructor_/config.json", "{}");
    stage.write(".hidden/config.json", "{}");
    stage.write("UPPER/config.json", "{}");
    stage.write("file", "");
    stage.start();
    const auto list = stage.ask("GET", "/tenants");
    REQUIRE(list.ok());
    REQUIRE(list->size() == 1);
    CHECK((*list)[0]["id"] == "good");
}

TEST_CASE("a symbolic link is no tenant, wherever it leads") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    fs::create_directory_symlink("foo", stage.folder / "link");
    stage.start();
    stage.want_until_ready("foo");
    CHECK_FALSE((stage.proxy.entry("link") != nullptr));
    fs::create_directory_symlink("foo", stage.folder / "later");
    stage.write("bar/config.json", "{}");
    stage.until("bar", [&] { return (stage.proxy.entry("bar") != nullptr); });
    CHECK_FALSE((stage.proxy.entry("later") != nullptr));
}

TEST_CASE("a FIFO in place of a file holds nobody up") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    fs::create_directories(stage.folder / "bad/models");
    REQUIRE(::mkfifo((stage.folder / "bad/tenant.json").c_str(), 0600) == 0);
    REQUIRE(::mkfifo((stage.folder / "bad/models/Z.json").c_str(), 0600) == 0);
    stage.start();
    stage.want_until_ready("foo");
    CHECK(stage.status("bad")["state"] == "failed");
}

TEST_CASE("touching a file is no change; what the worker does not read is none either") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    const auto revision = read_revision(stage.folder / "foo");
    stage.write("foo/config.json", "{}");
    stage.write("foo/tenant.json", R"({"labels": {"a": "b"}})");
    stage.write("foo/data/db.sqlite3", "bytes");
    stage.write("foo/.config.json.swp", "x");
    CHECK(read_revision(stage.folder / "foo") == revision);
    stage.write("foo/models/A.json", "{}");
    CHECK(read_revision(stage.folder / "foo") != revision);
    CHECK(folder_signature(stage.folder / "nothing").empty());
}

TEST_CASE("the periodic rescan finds what no event told") {
    auto timings = Stage::quick();
    timings.rescan_every = 50ms;
    Stage stage{timings};
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    // Written in place through a link: no event on any watched folder.
    stage.write(".elsewhere/B.json", "{}");
    fs::create_directories(stage.folder / "foo/models");
    fs::create_symlink(stage.folder / ".elsewhere/B.json", stage.folder / "foo/models/B.json");
    stage.until("the link noticed", [&] { return stage.status("foo")["pid"] != pid; });
    const int second = stage.status("foo")["pid"];
    stage.write(".elsewhere/B.json", R"({"n": 1})");
    stage.until("the content noticed", [&] { return stage.status("foo")["pid"] != second; });
}

TEST_CASE("more events than the kernel keeps are a rescan: what happened behind them is found") {
    const auto text = read_file("/proc/sys/fs/inotify/max_queued_events");
    const int kept = text.ok() ? std::atoi(text->c_str()) : 0;
    if (kept < 1 || kept > 100'000) {
        MESSAGE("skipped: the queue is too long to be filled");
        return;
    }
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    // Two files in turns: equal events in a row are one. The loop does not turn meanwhile.
    const auto folder = stage.folder / "foo";
    for (int i = 0; i <= kept; ++i) std::ofstream{folder / (i % 2 ? "a.txt" : "b.txt")} << "x";
    stage.write("bar/tenant.json", "{}");
    stage.until("the tenant found", [&] { return stage.proxy.entry("bar") != nullptr; });
}

TEST_CASE("a source that is gone reports nothing: neither what was due nor the rest of a pass") {
    Stage stage;
    for (int i = 0; i < 200; ++i) stage.write("t" + std::to_string(i) + "/config.json", "{}");
    boost::asio::io_context io;
    bool gone = false, late = false, marked = false;
    auto source = std::make_unique<FolderSource>(io, stage.folder, 1h);
    source->watch([&](const TenantId&) { late |= gone; });  // begins a pass in steps
    fs::rename(stage.folder / "t0", stage.folder / ".t0");
    io.poll();  // takes the event: from now on the source waits for quiet
    boost::asio::steady_timer due{io, 50ms};
    due.async_wait([&](boost::system::error_code) { marked = true; });
    while (due.expiry() > std::chrono::steady_clock::now()) {}  // both timers fall due before the loop turns again
    source->rescan();
    boost::asio::post(io, [&] {
        source.reset();
        gone = true;
    });
    io.poll();
    CHECK(marked);
    CHECK_FALSE(late);
}

TEST_CASE("limits of tenant.json reach the table without a new worker") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    stage.want_until_ready("foo");
    const int pid = stage.status("foo")["pid"];
    stage.write("foo/tenant.json", R"({"limits": {"body": "2KiB", "rate": "5/s", "concurrency": 3}, "compression": true})");
    stage.until("the limit", [&] { return stage.proxy.entry("foo")->limits.body_bytes == 2048; });
    CHECK(stage.proxy.entry("foo")->limits.rate.count == 5);
    CHECK(stage.proxy.entry("foo")->limits.concurrency == 3);
    CHECK(stage.proxy.entry("foo")->compression);
    CHECK(stage.status("foo")["pid"] == pid);
}

TEST_CASE("a thousand tenants are loaded quickly and cost no descriptor") {
    const auto descriptors = [] { return std::distance(fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{}); };
    Stage stage;
    const auto before = descriptors();
    for (int i = 0; i < 1000; ++i) fs::create_directories(stage.folder / ("t" + std::to_string(i)));
    const auto begin = std::chrono::steady_clock::now();
    stage.start();
    CHECK(std::chrono::steady_clock::now() - begin < 2s);  // 0.1 s; room for sanitizers
    CHECK(stage.proxy.entry("t999"));
    CHECK(stage.ask("GET", "/tenants")->size() == 1000);
    CHECK(descriptors() - before < 20);
    const auto published = stage.proxy.published;
    for (int i = 0; i < 1000; i += 20) fs::remove(stage.folder / ("t" + std::to_string(i)));
    stage.until("they are gone", [&] { return !stage.proxy.entry("t980"); });
    CHECK(stage.proxy.published - published < 20);
}
