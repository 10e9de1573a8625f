#pragma once
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "tenant-app/connectors/mongodb/client.hpp"

namespace mt::app::mongodb {

namespace asio = boost::asio;

/// The threads that wait for the server, because libmongoc can only block: `connectionLimit` of them, each with a
/// client of its own, started when there is more to do than those that run can take. A job crosses to a thread and back
/// under the mutex and through the executor; nothing else is shared but what is immutable.
class Workers {
public:
    /// `settings` and `library` outlive it.
    Workers(asio::any_io_executor executor, const Library& library, const Settings& settings);
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;
    /// Waits for what is under way; what is queued is dropped.
    ~Workers();

    /// A client that has served already, for the first thread. Before run().
    void adopt(std::unique_ptr<Client> client) { adopted_ = std::move(client); }

    /// Runs `work` on a thread and resumes on the loop with its result. What it captures must be its own, or immutable.
    /// Fails as it does, and with unavailable if no thread came free in `acquireTimeout` or 1,000 wait.
    template <class T>
    asio::awaitable<Result<T>> run(std::function<Result<T>(Client&)> work) {
        auto result = std::make_shared<std::optional<Result<T>>>();
        std::function<void(Client*, const Error*)> job = [result, work = std::move(work)](Client* client,
                                                                                          const Error* error) {
            if (client) result->emplace(work(*client));
            else result->emplace(*error);
        };
        co_await wait_for(std::move(job));
        co_return std::move(**result);
    }

private:
    using Clock = std::chrono::steady_clock;
    struct Job {
        std::function<void(Client*, const Error*)> work;  ///< with a client, or with why there is none
        std::function<void()> resume;
        Clock::time_point since;
    };

    asio::awaitable<void> wait_for(std::function<void(Client*, const Error*)> work);
    void push(std::shared_ptr<Job> job);
    /// A thread's own.
    struct Connection {
        std::unique_ptr<Client> client;
        unsigned age = 0;  ///< in which it was made
    };

    void loop(std::unique_ptr<Client> client);
    void serve(Job& job, Connection& connection);
    void heed(Connection& connection);

    asio::any_io_executor executor_;
    const Library& library_;
    const Settings& settings_;
    std::unique_ptr<Client> adopted_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::shared_ptr<Job>> queue_;  // shared: the coroutine that waits may be destroyed before its turn
    std::size_t idle_ = 0;
    /// Another one begins when the server went and when it came back: what one thread learns is true for all of them, and
    /// connections of an earlier age are made anew.
    std::atomic<unsigned> age_ = 0;
    std::atomic<bool> down_ = false;
    bool stop_ = false;
    std::vector<std::thread> threads_;  // loop thread only
};

}  // namespace mt::app::mongodb
