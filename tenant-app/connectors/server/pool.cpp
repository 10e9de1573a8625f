#include "tenant-app/connectors/server/pool.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mt::app::server {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t k_waiters_max = 1000;
constexpr auto k_idle_unasked = 30s;  ///< how long an unused connection is trusted: firewalls forget them silently
constexpr auto k_ping_timeout = 2s;
constexpr std::chrono::milliseconds k_backoff_min{100}, k_backoff_max{5'000};

/// A place among the connections while one is opened; lost with the coroutine unless it is kept.
class Place {
public:
    Place(std::size_t& count, std::function<void()> freed) : count_(count), freed_(std::move(freed)) { ++count_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (kept_) return;
        --count_;
        freed_();
    }
    void keep() { kept_ = true; }

private:
    std::size_t& count_;
    std::function<void()> freed_;
    bool kept_ = false;
};

}  // namespace

Pool::Pool(asio::any_io_executor executor, const Settings& settings, Open open)
    : executor_(std::move(executor)), settings_(settings), open_(std::move(open)) {}

asio::awaitable<Result<Pool::Lease>> Pool::acquire() {
    if (out_ >= settings_.connections_max || !waiters_.empty()) MT_CO_CHECK(co_await wait_for_place());
    Place place{out_, [this] { call_next(); }};
    auto session = co_await take_idle();
    if (!session) {
        auto opened = co_await open();
        if (!opened.ok()) co_return std::move(opened).error();
        session = *std::move(opened);
    }
    place.keep();
    co_return Lease{*this, std::move(session)};
}

asio::awaitable<Status> Pool::wait_for_place() {
    if (waiters_.size() >= k_waiters_max) co_return Error{Errc::unavailable, "Too many requests wait for the database"};
    Waiter waiter{executor_};
    waiters_.push_back(&waiter);
    struct Leaving {
        std::deque<Waiter*>& waiters;
        Waiter* self;
        ~Leaving() { std::erase(waiters, self); }
    } const leaving{waiters_, &waiter};
    waiter.timer.expires_after(settings_.acquire_timeout);
    boost::system::error_code cancelled;
    co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (waiter.called) co_return Status{};
    co_return Error{Errc::unavailable, "No connection to the database came free in time"};
}

asio::awaitable<std::unique_ptr<Session>> Pool::take_idle() {
    while (!idle_.empty()) {
        auto idle = std::move(idle_.back());
        idle_.pop_back();
        if (idle.session->has_hung_up()) continue;
        if (Clock::now() - idle.since < k_idle_unasked) co_return std::move(idle.session);
        sql::Query ping{"SELECT 1", {}};
        RowSink nobody;
        const auto answer = co_await idle.session->run(std::move(ping), std::move(nobody), k_ping_timeout);
        if (answer.ok() && idle.session->is_at_rest()) co_return std::move(idle.session);
    }
    co_return nullptr;
}

asio::awaitable<Result<std::unique_ptr<Session>>> Pool::open() {
    if (last_failure_ && Clock::now() < retry_at_) co_return *last_failure_;
    auto opened = co_await open_();
    if (opened.ok()) {
        last_failure_.reset();
        backoff_ = 0ms;
        co_return opened;
    }
    last_failure_ = opened.error();
    backoff_ = std::clamp(backoff_ * 2, k_backoff_min, k_backoff_max);
    retry_at_ = Clock::now() + backoff_;
    co_return opened;
}

void Pool::give_back(std::unique_ptr<Session> session) {
    --out_;
    if (session->is_at_rest()) idle_.push_back({std::move(session), Clock::now()});
    call_next();
}

void Pool::call_next() {
    // Those who have been called but have not come yet count as being there.
    const auto called = static_cast<std::size_t>(std::count_if(waiters_.begin(), waiters_.end(),
                                                               [](const Waiter* w) { return w->called; }));
    if (out_ + called >= settings_.connections_max) return;
    const auto next = std::find_if(waiters_.begin(), waiters_.end(), [](const Waiter* w) { return !w->called; });
    if (next == waiters_.end()) return;
    (*next)->called = true;
    (*next)->timer.cancel();
}

}  // namespace mt::app::server
