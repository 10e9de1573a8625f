#include "tenant-app/connectors/mongodb/workers.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

namespace mt::app::mongodb {

namespace {

constexpr std::size_t k_queued_max = 1'000;

/// Signals belong to the loop's thread.
void leave_signals_alone() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Workers::Workers(asio::any_io_executor executor, const Library& library, const Settings& settings)
    : executor_(std::move(executor)), library_(library), settings_(settings) {}

Workers::~Workers() {
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
}

asio::awaitable<void> Workers::wait_for(std::function<void(Client*, const Error*)> work) {
    auto job = std::make_shared<Job>();
    job->work = std::move(work);
    job->since = Clock::now();
    bool full = false;
    {
        const std::lock_guard lock{mutex_};
        full = queue_.size() >= k_queued_max;
    }
    if (full) {
        const Error error{Errc::unavailable, "Too many requests wait for the database"};
        job->work(nullptr, &error);
        co_return;
    }
    auto initiate = [this, job](auto handler) {
        // std::function wants a copyable closure; the handler can only be moved.
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        job->resume = [held, guard = asio::make_work_guard(executor_)]() mutable {
            asio::post(guard.get_executor(), [held] { std::move (*held)(); });
        };
        push(job);
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate), asio::use_awaitable);
}

void Workers::push(std::shared_ptr<Job> job) {
    bool more_threads = false;
    {
        const std::lock_guard lock{mutex_};
        queue_.push_back(std::move(job));
        more_threads = queue_.size() > idle_ && threads_.size() < settings_.connections_max;
    }
    if (more_threads)
        threads_.emplace_back([this, client = std::move(adopted_)]() mutable { loop(std::move(client)); });
    wake_.notify_one();
}

void Workers::loop(std::unique_ptr<Client> client) {
    leave_signals_alone();
    Connection connection{std::move(client)};
    std::unique_lock lock{mutex_};
    ++idle_;
    for (;;) {
        wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
        if (stop_) return;
        --idle_;
        auto job = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        serve(*job, connection);
        // Moved out first: whoever is resumed may drop the job.
        const auto resume = std::move(job->resume);
        job.reset();
        lock.lock();
        ++idle_;  // before it: whoever is resumed may ask for more at once
        lock.unlock();
        resume();
        lock.lock();
    }
}

void Workers::serve(Job& job, Connection& connection) {
    if (Clock::now() - job.since > settings_.acquire_timeout) {
        const Error error{Errc::unavailable, "No connection to the database came free in time"};
        job.work(nullptr, &error);
        return;
    }
    if (const auto age = age_.load(); connection.age != age) connection = {nullptr, age};
    if (!connection.client) {
        auto opened = Client::open(library_, settings_);
        if (!opened.ok()) {
            const auto error = opened.error();
            job.work(nullptr, &error);
            return;
        }
        connection.client = *std::move(opened);
    }
    job.work(connection.client.get(), nullptr);
    heed(connection);
}

void Workers::heed(Connection& connection) {
    const auto link = connection.client->link();
    if (link != Client::Link::up) down_ = true;
    if (link == Client::Link::lost) ++age_;
    if (link == Client::Link::up && down_.exchange(false)) connection.age = ++age_;
}

}  // namespace mt::app::mongodb
