#include <doctest/doctest.h>

#include "gateway/supervisor/least_used.hpp"

using namespace mt::gateway;
using Chosen = std::vector<std::size_t>;

namespace {

Occupant idle(int since_s, std::uint64_t bytes) {
    return {std::chrono::steady_clock::time_point{std::chrono::seconds{since_s}}, bytes};
}
Occupant busy(std::uint64_t bytes) { return {std::nullopt, bytes}; }

}  // namespace

TEST_CASE("least_used: nobody is stopped without need") {
    CHECK(least_used({idle(1, 10), idle(2, 10)}, {}) == Chosen{});
    CHECK(least_used({}, {3, 100}) == Chosen{});
}

TEST_CASE("least_used: as many as are too many, those idle longest first, none that is in use") {
    const std::vector<Occupant> all{idle(30, 1), busy(1), idle(10, 1), idle(20, 1)};
    CHECK(least_used(all, {1, 0}) == Chosen{2});
    CHECK(least_used(all, {2, 0}) == Chosen{2, 3});
    CHECK(least_used(all, {9, 0}) == Chosen{2, 3, 0});
    CHECK(least_used({busy(5), busy(5)}, {1, 5}) == Chosen{});
}

TEST_CASE("least_used: of equals the first") { CHECK(least_used({idle(7, 1), idle(7, 1)}, {1, 0}) == Chosen{0}); }

TEST_CASE("least_used: as much memory as is too much, and both kinds of excess together") {
    const std::vector<Occupant> all{idle(1, 100), idle(2, 100), idle(3, 100)};
    CHECK(least_used(all, {0, 1}) == Chosen{0});
    CHECK(least_used(all, {0, 100}) == Chosen{0});
    CHECK(least_used(all, {0, 101}) == Chosen{0, 1});
    CHECK(least_used(all, {1, 150}) == Chosen{0, 1});
    CHECK(least_used(all, {2, 50}) == Chosen{0, 1});
}
