#include "gateway/supervisor/traffic_window.hpp"

#include <doctest/doctest.h>

using namespace mt::gateway;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

TrafficSnapshot snapshot(Clock::time_point at, std::uint64_t requests, std::uint64_t in_second_bucket) {
    TrafficSnapshot::Row row;
    row.requests = requests;
    row.latency[1] = in_second_bucket;
    return {at, {{"foo", row}}};
}

}  // namespace

TEST_CASE("percentile_ms: interpolated within its bucket; none without requests") {
    TrafficSnapshot::Latency counts{};
    CHECK_FALSE(percentile_ms(counts, 0.95));
    counts[1] = 100;  // between 1 and 2.5 ms
    CHECK(*percentile_ms(counts, 0.95) == doctest::Approx(1 + 1.5 * 0.95));
    counts[6] = 10;  // between 50 and 100 ms: the slowest 9 %
    CHECK(*percentile_ms(counts, 0.95) == doctest::Approx(50 + 50 * 4.5 / 10));
    counts = {};
    counts.back() = 1;
    CHECK(*percentile_ms(counts, 0.95) == 10'000);
}

TEST_CASE("TrafficWindow: figures are those of the last seconds, not of the whole life") {
    const auto start = Clock::now();
    TrafficWindow window;
    CHECK(window.figures(snapshot(start, 5, 5), "foo").requests_per_second == 0);  // nothing to compare with
    window.keep({start, {}});
    CHECK(window.figures(snapshot(start + 2s, 10, 10), "foo").requests_per_second == 5);
    CHECK(window.figures(snapshot(start, 3, 3), "foo").requests_per_second == 3);  // never of less than a second
    for (int i = 1; i <= 6; ++i) window.keep(snapshot(start + i * TrafficWindow::k_every, 1000, 1000));
    const auto quiet = window.figures(snapshot(start + 31s, 1000, 1000), "foo");
    CHECK(quiet.requests_per_second == 0);
    CHECK_FALSE(quiet.p95_ms);
    const auto busy = window.figures(snapshot(start + 32s, 1120, 1120), "foo");
    CHECK(busy.requests_per_second == 10);  // since the snapshot of second 20
    CHECK(busy.p95_ms.has_value());
    CHECK(window.figures(snapshot(start + 32s, 1, 1), "bar").requests_per_second == 0);
}

TEST_CASE("TrafficWindow: a tenant that came anew counts from nothing") {
    const auto start = Clock::now();
    TrafficWindow window;
    window.keep(snapshot(start, 1000, 1000));
    const auto figures = window.figures(snapshot(start + 4s, 8, 8), "foo");
    CHECK(figures.requests_per_second == 2);
    CHECK(figures.p95_ms.has_value());
}
