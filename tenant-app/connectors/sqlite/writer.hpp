#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "tenant-app/connectors/sqlite/database.hpp"

namespace mt::app::sqlite {

namespace asio = boost::asio;

/// The one thread that writes to a database file, so that waiting for the disk never holds up the loop. Writes that arrive while
/// another is being synced are committed together: one fsync for all of them. Started by the first write.
/// The queue and the results cross threads under the mutex and through the executor; everything else stays on one side.
class Writer {
public:
    /// Runs on the writer's thread, inside a transaction. What it uses must be its own, or immutable.
    using Work = std::function<Result<Value>(Database&)>;

    Writer(asio::any_io_executor executor, std::filesystem::path file);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    /// Finishes what is queued.
    ~Writer();

    /// Called on the loop, resumes there once the work is on stable storage. Fails as the work does; with unavailable if 1,000
    /// writes wait; with failed if the commit fails.
    asio::awaitable<Result<Value>> run(Work work);

    /// Commits so far; for tests of group commit. Any thread.
    std::uint64_t commits() const { return commits_; }

private:
    struct Job {
        Work work;
        std::optional<Result<Value>> result;
        std::function<void()> resume;
    };
    using Batch = std::deque<std::shared_ptr<Job>>;

    /// Requests that came together are handled in one turn of the loop: what they write is committed together, too.
    void wake_after_this_turn();
    void loop();
    void commit(Database& database, Batch& batch);
    static void fail(Batch& batch, const Error& error);

    asio::any_io_executor executor_;
    std::filesystem::path file_;
    std::mutex mutex_;
    std::condition_variable wake_;
    Batch queue_;
    bool stop_ = false;
    std::shared_ptr<bool> wake_posted_ = std::make_shared<bool>(false);  // loop thread only; shared: what is posted may outlive the writer
    std::atomic<std::uint64_t> commits_{0};
    std::thread thread_;
};

}  // namespace mt::app::sqlite
