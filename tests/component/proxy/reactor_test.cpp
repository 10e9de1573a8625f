#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <thread>

#include "gateway/proxy/reactor.hpp"

using mt::Fd;
using mt::gateway::Reactor;

namespace {

struct Event final : Reactor::Source {
    Event() : fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
    void ready(std::uint32_t events) override {
        seen.push_back(events);
        if (then) then();
    }
    void set() const {
        const std::uint64_t one = 1;
        REQUIRE(::write(fd.get(), &one, sizeof one) == sizeof one);
    }
    Fd fd;
    std::vector<std::uint32_t> seen;
    std::function<void()> then;
};

void turn(Reactor& reactor) {
    reactor.wait(std::chrono::milliseconds{0});
    reactor.dispatch();
}

}  // namespace

TEST_CASE("Reactor: tells each edge once") {
    Reactor reactor;
    Event event;
    REQUIRE(reactor.watch(event.fd.get(), EPOLLIN | EPOLLET, event));
    turn(reactor);
    CHECK(event.seen.empty());
    event.set();
    turn(reactor);
    turn(reactor);
    CHECK(event.seen == std::vector<std::uint32_t>{EPOLLIN});
    event.set();
    turn(reactor);
    CHECK(event.seen.size() == 2);
    CHECK_FALSE(reactor.watch(event.fd.get(), EPOLLIN | EPOLLET, event));
    CHECK_FALSE(reactor.watch(-1, EPOLLIN, event));
}

TEST_CASE("Reactor: a source may be freed while events of the same turn still name it") {
    Reactor reactor;
    auto one = std::make_unique<Event>(), two = std::make_unique<Event>();
    for (auto* event : {&one, &two}) {
        REQUIRE(reactor.watch((*event)->fd.get(), EPOLLIN | EPOLLET, **event));
        (*event)->set();
        reactor.again(**event);
    }
    int calls = 0;
    // Whichever comes first frees the other, and asks for another turn itself.
    one->then = [&] { ++calls; if (two) reactor.forget(*two); two.reset(); };
    two->then = [&] { ++calls; if (one) reactor.forget(*one); one.reset(); };
    turn(reactor);
    turn(reactor);
    CHECK(calls == 2);  // its event and its again()
    CHECK((one == nullptr) != (two == nullptr));
}

TEST_CASE("Reactor: again() comes once, in a turn that does not wait") {
    Reactor reactor;
    Event event;
    event.then = [&] { if (event.seen.size() < 3) reactor.again(event); };
    reactor.again(event);
    for (int i = 0; i < 5; ++i) {
        reactor.wait(std::chrono::milliseconds{event.seen.size() < 3 ? 10'000 : 0});
        reactor.dispatch();
    }
    CHECK(event.seen == std::vector<std::uint32_t>{0, 0, 0});
}

TEST_CASE("Reactor: posted tasks run on the loop's thread, in order, and none after its end") {
    Reactor reactor;
    std::vector<int> order;
    bool over = false;
    std::thread poster{[&] {
        for (int i = 0; i < 1000; ++i) CHECK(reactor.post([&, i] { order.push_back(i); }));
        CHECK(reactor.post([&] { over = true; }));
    }};
    while (!over) {
        reactor.wait(std::chrono::milliseconds{-1});
        reactor.dispatch();
    }
    poster.join();
    CHECK(order.size() == 1000);
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(reactor.post([&] { order.clear(); }));
    reactor.end();
    CHECK(order.empty());
    CHECK_FALSE(reactor.post([] {}));
}
