#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "gateway/proxy/rate_limit.hpp"

using namespace mt::gateway;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {
const TokenBucket::Clock::time_point k_start{seconds{1'000}};
}

TEST_CASE("TokenBucket: a burst at once, then one per interval, and never more than a burst saved up") {
    TokenBucket bucket;
    const milliseconds step{100};
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(k_start, step, 3).count() == 0);
    CHECK(bucket.take(k_start, step, 3) == nanoseconds{step});
    CHECK(bucket.take(k_start + milliseconds{60}, step, 3) == milliseconds{40});
    CHECK(bucket.take(k_start + step, step, 3).count() == 0);
    CHECK(bucket.take(k_start + step, step, 3) == nanoseconds{step});
    const auto later = k_start + seconds{3600};
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(later, step, 3).count() == 0);
    CHECK(bucket.take(later, step, 3).count() > 0);
}

TEST_CASE("TokenBucket: threads that take at the same time get one burst between them") {
    TokenBucket bucket;
    std::atomic<int> got{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int k = 0; k < 1000; ++k) got += bucket.take(k_start, milliseconds{1}, 500).count() == 0;
        });
    for (auto& thread : threads) thread.join();
    CHECK(got == 500);
}

TEST_CASE("TokenBucket: the largest burst at the slowest rate does not overflow") {
    TokenBucket bucket;
    const std::chrono::hours step{1};
    CHECK(bucket.take(k_start, step, 1'000'000).count() == 0);
    CHECK(bucket.take(k_start, step, 1) > nanoseconds{0});
}

TEST_CASE("rate_limit_fields: policy and what is left, as structured fields") {
    Limits limits;
    limits.rate = {100, milliseconds{1000}};
    limits.burst = 250;
    limits.concurrency = 8;
    CHECK(rate_limit_fields(limits, Exceeded::rate, 2) == "RateLimit-Policy: \"rate\";q=250;w=3\r\nRateLimit: \"rate\";r=0;t=2\r\n");
    CHECK(rate_limit_fields(limits, Exceeded::concurrency, 1) ==
          "RateLimit-Policy: \"concurrency\";q=8;qu=\"concurrent-requests\"\r\nRateLimit: \"concurrency\";r=0;t=1\r\n");
    CHECK(rate_limit_fields(limits, Exceeded::nothing, 0).empty());
    limits.burst = 0;
    CHECK(mt::burst_of(limits) == 100);
    limits.rate = {30, milliseconds{60'000}};
    CHECK(mt::burst_of(limits) == 1);
}
