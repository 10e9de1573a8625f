#include <doctest/doctest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <future>

#include "base/control/line_feed.hpp"
#include "base/control/stream.hpp"
#include "tests/component/supervisor/stage.hpp"

using namespace mt;
using namespace mt::gateway;
using namespace std::chrono_literals;

namespace {

/// Reads a stream on a thread of its own until `count` lines came.
class Reader {
public:
    Reader(const Stage& stage, const std::string& target, std::size_t count)
        : status_(std::async(std::launch::async, [this, socket = stage.folder / ".run" / "control.sock", target,
                                                  count] {
              return follow(socket, target, [&](std::string_view line) {
                  lines.push_back(json::parse(line));
                  return ++come < count;
              }, [] {});
          })) {}
    bool done() const { return status_.wait_for(0s) == std::future_status::ready; }
    Status status() { return status_.get(); }
    std::atomic<std::size_t> come{0};
    std::vector<json> lines;  ///< to be read once done

private:
    std::future<Status> status_;
};

}  // namespace

TEST_CASE("events: the last ones, then each as it happens") {
    Stage stage;
    stage.start();
    stage.write("foo/config.json", "{}");
    REQUIRE(stage.ask("POST", "/tenants/foo/sync").ok());
    Reader reader{stage, "/events?follow=1&lines=1", 4};
    stage.until("the first event", [&] { return reader.come == 1; });
    const int pid = (*stage.ask("POST", "/tenants/foo/start"))["pid"];
    stage.until("added, starting and ready", [&] { return stage.state("foo") == "ready"; });
    ::kill(pid, SIGKILL);
    stage.until("four events", [&] { return reader.done(); });
    CHECK(reader.status().ok());
    CHECK(reader.lines[0]["event"] == "added");
    CHECK(reader.lines[1]["state"] == "starting");
    CHECK(reader.lines[1]["before"] == "idle");
    CHECK(reader.lines[2]["state"] == "ready");
    CHECK(reader.lines[3]["event"] == "exit");
    CHECK(reader.lines[3]["signal"] == "SIGKILL");
    CHECK(reader.lines[3]["pid"] == pid);
    const auto recent = stage.ask("GET", "/events");
    REQUIRE(recent.ok());
    CHECK((*recent)[0]["event"] == "added");
}

TEST_CASE("requests: a tap while somebody listens, none afterwards") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    Reader reader{stage, "/tenants/foo/requests?slow_ms=5&status=4xx,503", 2};
    stage.until("the tap", [&] { return !stage.proxy.taps.empty(); });
    const auto tap = stage.proxy.taps.front();
    CHECK(tap->tenant == "foo");
    CHECK(tap->slow == 5ms);
    CHECK(tap->statuses.size() == 2);
    tap->put(R"({"n": 1})");
    tap->put(R"({"n": 2})");
    stage.until("both lines", [&] { return reader.done(); });
    CHECK(reader.lines[1]["n"] == 2);
    stage.until("no tap", [&] { return stage.proxy.taps.empty(); });
}

TEST_CASE("streams: what is asked wrongly is refused, in the usual document") {
    Stage stage;
    stage.write("foo/config.json", "{}");
    stage.start();
    struct Row {
        const char* target;
        Errc code;
    };
    for (const auto& row : {Row{"/tenants/none/requests", Errc::no_such_tenant},
                            Row{"/tenants/foo/requests?status=9xx", Errc::usage},
                            Row{"/tenants/foo/requests?slow_ms=-1", Errc::usage},
                                Row{"/tenants/../requests", Errc::invalid_name},
                            Row{"/events?follow=1&lines=x", Errc::usage}}) {
        CAPTURE(row.target);
        Reader reader{stage, row.target, 1};
        stage.until("the refusal", [&] { return reader.done(); });
        const auto status = reader.status();
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().code() == row.code);
    }
    CHECK(stage.proxy.taps.empty());
}

TEST_CASE("LineFeed: a reader that is too slow loses lines and is told how many") {
    boost::asio::io_context io;
    const auto feed = std::make_shared<LineFeed>(io, 2);
    for (const char* line : {"a", "b", "c", "d"}) feed->put(line);
    LineFeed::Batch first, second;
    boost::asio::co_spawn(io, [](std::shared_ptr<LineFeed> from, LineFeed::Batch& one,
                                 LineFeed::Batch& two) -> boost::asio::awaitable<void> {
        one = co_await from->take();
        two = co_await from->take();
    }(feed, first, second), [](std::exception_ptr failure) { CHECK_FALSE(failure); });
    io.poll();
    CHECK(first.text == "a\nb\n");
    CHECK(first.lost == 2);
    CHECK(second.text.empty());
    feed->put("e");
    feed->end();
    feed->put("f");
    io.restart();
    io.poll();
    CHECK(second.text == "e\n");
    CHECK(second.lost == 0);
    CHECK(second.ended);
}
