#include "tenant-app/connectors/server/pool.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace mt::app::server {

namespace {

/// A connection that does what the test says.
class FakeSession final : public Session {
public:
    asio::awaitable<Result<std::uint64_t>> run(sql::Query, RowSink, std::chrono::milliseconds) override { co_return std::uint64_t{1}; }
    bool is_broken() const override { return broken; }
    bool is_at_rest() const override { return !broken; }
    bool has_hung_up() override { return hung_up; }

    bool broken = false, hung_up = false;
};

FakeSession& fake(const Pool::Lease& lease) { return static_cast<FakeSession&>(*lease); }

/// A pool of fakes that counts how often one is opened.
struct Rig {
    explicit Rig(std::size_t connections_max) { settings.connections_max = connections_max; }

    asio::awaitable<Result<std::unique_ptr<Session>>> open() {
        ++opened;
        if (away) co_return Error{Errc::unavailable, "away"};
        co_return std::unique_ptr<Session>{std::make_unique<FakeSession>()};
    }
    asio::awaitable<void> borrow(std::optional<Result<Pool::Lease>>& out) { out.emplace(co_await pool.acquire()); }
    void ask(std::optional<Result<Pool::Lease>>& out) {
        asio::co_spawn(loop, borrow(out), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }
    /// Everything that can be done now.
    void poll() {
        loop.restart();
        loop.poll();
    }
    /// Until nobody waits.
    void run() {
        loop.restart();
        loop.run();
    }

    asio::io_context loop{1};
    Settings settings;
    int opened = 0;
    bool away = false;
    Pool pool{loop.get_executor(), settings, [this] { return open(); }};
};

using Loan = std::optional<Result<Pool::Lease>>;

}  // namespace

TEST_CASE("acquire: opens up to the limit, then gives what comes free to whoever waits longest") {
    Rig rig{2};
    Loan first, second, third, fourth;
    for (auto* loan : {&first, &second, &third, &fourth}) rig.ask(*loan);
    rig.poll();
    CHECK(rig.opened == 2);
    REQUIRE(second);
    CHECK_FALSE(third);
    first.reset();
    rig.poll();
    REQUIRE(third);
    CHECK_FALSE(fourth);
    second.reset();
    rig.poll();
    REQUIRE(fourth);
    CHECK((*fourth).ok());
    CHECK(rig.opened == 2);
}

TEST_CASE("acquire: a session that broke or was hung up on is replaced") {
    Rig rig{1};
    Loan loan;
    rig.ask(loan);
    rig.run();
    fake(**loan).broken = true;
    loan.reset();
    rig.ask(loan);
    rig.run();
    CHECK(rig.opened == 2);
    fake(**loan).hung_up = true;
    loan.reset();
    rig.ask(loan);
    rig.run();
    CHECK(rig.opened == 3);
}

TEST_CASE("acquire: who finds none free in time is told so, and the place is not lost") {
    Rig rig{1};
    rig.settings.acquire_timeout = std::chrono::milliseconds{1};
    Loan first, second;
    rig.ask(first);
    rig.run();
    rig.ask(second);
    rig.run();
    REQUIRE(second);
    CHECK((*second).error().code() == Errc::unavailable);
    first.reset();
    rig.ask(second);
    rig.run();
    CHECK((*second).ok());
}

TEST_CASE("acquire: a server that is away is not asked again at once") {
    Rig rig{2};
    rig.away = true;
    Loan first, second;
    rig.ask(first);
    rig.ask(second);
    rig.run();
    CHECK((*first).error().code() == Errc::unavailable);
    CHECK((*second).error().message() == "away");
    CHECK(rig.opened == 1);
}

}  // namespace mt::app::server
