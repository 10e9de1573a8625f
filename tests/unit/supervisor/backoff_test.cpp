#include "gateway/supervisor/backoff.hpp"

#include <doctest/doctest.h>

using namespace mt::gateway;
using namespace std::chrono_literals;

TEST_CASE("backoff: 0.1 s doubling to 30 s, at most a fifth less by jitter") {
    CHECK(backoff(1, 0) == 100ms);
    CHECK(backoff(2, 0) == 200ms);
    CHECK(backoff(8, 0) == 12'800ms);
    CHECK(backoff(10, 0) == 30s);
    CHECK(backoff(4'000'000'000u, 0) == 30s);
    CHECK(backoff(0, 0) == 100ms);
    CHECK(backoff(1, 1) == 80ms);
    CHECK(backoff(1, 7) == 80ms);
}

TEST_CASE("retry_after_s: rounded up, never zero") {
    CHECK(retry_after_s(0ms) == 1);
    CHECK(retry_after_s(1001ms) == 2);
    CHECK(retry_after_s(30s) == 30);
}
