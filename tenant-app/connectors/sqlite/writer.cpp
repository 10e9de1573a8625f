#include "tenant-app/connectors/sqlite/writer.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

namespace mt::app::sqlite {

namespace {

constexpr std::size_t k_waiting_max = 1'000;
constexpr std::size_t k_batch_max = 256;

/// Signals belong to the loop's thread.
void block_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

Writer::Writer(asio::any_io_executor executor, std::filesystem::path file) : executor_(std::move(executor)), file_(std::move(file)) {}

Writer::~Writer() {
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

asio::awaitable<Result<Value>> Writer::run(Work work) {
    auto job = std::make_shared<Job>();  // shared: the waiting coroutine may be destroyed before its turn
    job->work = std::move(work);
    bool full = false;
    {
        const std::lock_guard lock{mutex_};
        full = queue_.size() >= k_waiting_max;
    }
    if (full) co_return Error{Errc::unavailable, "Too many writes are waiting"};
    if (!thread_.joinable()) thread_ = std::thread{[this] { loop(); }};
    auto initiate = [this, job](auto handler) {
        // std::function wants a copyable closure; the handler can only be moved.
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        job->resume = [held, guard = asio::make_work_guard(executor_)]() mutable {
            asio::post(guard.get_executor(), [held] { std::move (*held)(); });
        };
        {
            const std::lock_guard lock{mutex_};
            queue_.push_back(job);
        }
        wake_after_this_turn();
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate), asio::use_awaitable);
    co_return std::move(*job->result);
}

void Writer::wake_after_this_turn() {
    if (std::exchange(*wake_posted_, true)) return;
    asio::post(executor_, [this, posted = std::weak_ptr{wake_posted_}] {
        const auto still_here = posted.lock();
        if (!still_here) return;
        *still_here = false;
        wake_.notify_one();
    });
}

void Writer::loop() {
    block_signals();
    std::unique_ptr<Database> database;
    for (;;) {
        Batch batch;
        {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, [this] { return stop_ || !queue_.empty(); });
            if (queue_.empty()) return;
            while (!queue_.empty() && batch.size() < k_batch_max) {
                batch.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
        }
        if (!database) {
            auto opened = Database::open(file_);
            if (opened.ok()) database = *std::move(opened);
            else fail(batch, opened.error());
        }
        if (database) commit(*database, batch);
        for (auto& job : batch) {
            // Moved out first: whoever is resumed may drop the job.
            const auto resume = std::move(job->resume);
            job.reset();
            resume();
        }
    }
}

void Writer::fail(Batch& batch, const Error& error) {
    for (auto& job : batch) job->result.emplace(error);
}

void Writer::commit(Database& database, Batch& batch) {
    if (const auto begun = database.step("BEGIN IMMEDIATE"); !begun.ok()) {
        fail(batch, begun.error());
        return;
    }
    const bool several = batch.size() > 1;
    for (auto& job : batch) {
        // One refused write takes back its own changes, not those of the others.
        Status saved;
        if (several) saved = database.step("SAVEPOINT job");
        if (saved.ok()) job->result.emplace(job->work(database));
        else job->result.emplace(saved.error());
        if (several && saved.ok()) {
            const auto released = job->result->ok() ? database.step("RELEASE job") : database.run("ROLLBACK TO job; RELEASE job");
            if (!released.ok()) job->result.emplace(released.error());
        }
    }
    const bool alone_and_failed = !several && !batch.front()->result->ok();
    if (alone_and_failed) {
        [[maybe_unused]] const auto undone = database.run("ROLLBACK");
        return;
    }
    ++commits_;
    if (const auto committed = database.step("COMMIT"); !committed.ok()) {
        [[maybe_unused]] const auto undone = database.run("ROLLBACK");
        for (auto& job : batch) {
            if (job->result->ok()) job->result.emplace(committed.error());
        }
    }
}

}  // namespace mt::app::sqlite
