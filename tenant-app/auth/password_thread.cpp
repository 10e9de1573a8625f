#include "tenant-app/auth/password_thread.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

namespace mt::app {

namespace asio = boost::asio;

namespace {

constexpr std::size_t k_waiting_max = 100;

}  // namespace

PasswordThread::~PasswordThread() {
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

asio::awaitable<Status> PasswordThread::run(std::function<void()> work) {
    auto job = std::make_shared<Job>();  // shared: the waiting coroutine may be destroyed before its turn
    job->work = std::move(work);
    bool full = false;
    {
        const std::lock_guard lock{mutex_};
        full = queue_.size() >= k_waiting_max;
    }
    if (full) co_return Error{Errc::unavailable, "Too many passwords are waiting to be checked"};
    if (!thread_.joinable()) thread_ = std::thread{[this] { loop(); }};
    const auto executor = co_await asio::this_coro::executor;
    auto initiate = [this, job, executor](auto handler) {
        // std::function wants a copyable closure; the handler can only be moved.
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        job->resume = [held, guard = asio::make_work_guard(executor)]() mutable {
            asio::post(guard.get_executor(), [held] { std::move (*held)(); });
        };
        {
            const std::lock_guard lock{mutex_};
            queue_.push_back(job);
        }
        wake_.notify_one();
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate), asio::use_awaitable);
    co_return Status{};
}

void PasswordThread::loop() {
    // Signals belong to the loop's thread.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    for (;;) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
            if (queue_.empty()) return;
            job = std::move(queue_.front());
            queue_.pop_front();
        }
        job->work();
        // Moved out first: whoever is resumed may drop the job.
        const auto resume = std::move(job->resume);
        job.reset();
        resume();
    }
}

}  // namespace mt::app
