#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <vector>

#include "gateway/supervisor/start_slots.hpp"

using namespace mt::gateway;

TEST_CASE("StartSlots: no more at a time than there are, first come first served, never from inside the call") {
    boost::asio::io_context io;
    StartSlots slots{io, 2};
    std::vector<int> started;
    std::vector<StartSlots::Slot> held;
    for (int number = 0; number < 4; ++number)
        slots.acquire([&, number](StartSlots::Slot slot) {
            started.push_back(number);
            held.push_back(std::move(slot));
        });
    CHECK(started.empty());
    io.poll();
    CHECK(started == std::vector<int>{0, 1});

    held.erase(held.begin());
    io.restart();
    io.poll();
    CHECK(started == std::vector<int>{0, 1, 2});
    held.clear();
    io.restart();
    io.poll();
    CHECK(started == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("StartSlots: one whose taker is gone is free again, and may outlive them all") {
    boost::asio::io_context io;
    StartSlots::Slot left;
    {
        StartSlots slots{io, 1};
        slots.acquire([](StartSlots::Slot) {});  // takes none of it
        slots.acquire([&](StartSlots::Slot slot) { left = std::move(slot); });
        io.poll();
        CHECK(left.use_count() == 1);
    }
    left.reset();
}
