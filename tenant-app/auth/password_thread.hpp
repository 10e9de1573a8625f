#pragma once
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.hpp"

namespace mt::app {

/// The one thread that hashes passwords and writes mail, so that neither holds up the loop. Started by the first who asks: a
/// worker that nobody logs in to has none. One at a time: 19 MiB are needed once, and a flood of logins takes one core at most.
/// Jobs cross threads under the mutex and through the executor.
class PasswordThread {
public:
    PasswordThread() = default;
    PasswordThread(const PasswordThread&) = delete;
    PasswordThread& operator=(const PasswordThread&) = delete;
    /// Finishes what is queued.
    ~PasswordThread();

    /// Runs `work` on the thread and resumes on the caller's executor once it is done. What it uses must be its own, and it must
    /// not throw. Fails with unavailable if 100 wait already.
    boost::asio::awaitable<Status> run(std::function<void()> work);

private:
    struct Job {
        std::function<void()> work, resume;
    };
    void loop();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::shared_ptr<Job>> queue_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace mt::app
