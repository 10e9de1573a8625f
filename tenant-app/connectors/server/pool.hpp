#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <vector>

#include "tenant-app/connectors/server/session.hpp"
#include "tenant-app/connectors/server/settings.hpp"

namespace mt::app::server {

/// The connections of a datasource: opened when they are needed, kept, thrown away once they are broken. A server that
/// is away is asked again after 100 ms, then twice as long each time, 5 s at most; who comes meanwhile is told so at
/// once. Loop thread.
class Pool {
public:
    using Open = std::function<asio::awaitable<Result<std::unique_ptr<Session>>>()>;

    /// A session on loan. It must end before the pool does.
    class Lease {
    public:
        Lease(Pool& pool, std::unique_ptr<Session> session) : pool_(&pool), session_(std::move(session)) {}
        Lease(Lease&& other) noexcept : pool_(other.pool_), session_(std::move(other.session_)) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (session_) pool_->give_back(std::move(session_));
        }
        Session& operator*() const { return *session_; }
        Session* operator->() const { return session_.get(); }

    private:
        Pool* pool_;
        std::unique_ptr<Session> session_;
    };

    /// `settings` outlive the pool.
    Pool(asio::any_io_executor executor, const Settings& settings, Open open);

    /// A session that works, as far as can be seen; one that nobody has used for 30 s is asked first. Fails as Open
    /// does, and with unavailable if none came free in time or 1,000 wait.
    asio::awaitable<Result<Lease>> acquire();

private:
    struct Idle {
        std::unique_ptr<Session> session;
        std::chrono::steady_clock::time_point since;
    };
    struct Waiter {
        explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
        asio::steady_timer timer;
        bool called = false;
    };

    void give_back(std::unique_ptr<Session> session);
    void call_next();
    asio::awaitable<Status> wait_for_place();
    asio::awaitable<std::unique_ptr<Session>> take_idle();
    asio::awaitable<Result<std::unique_ptr<Session>>> open();

    asio::any_io_executor executor_;
    const Settings& settings_;
    Open open_;
    std::vector<Idle> idle_;             ///< the most recently used last
    std::size_t out_ = 0;                ///< on loan, or being opened
    std::deque<Waiter*> waiters_;        ///< each in the frame of a coroutine that removes it
    std::optional<Error> last_failure_;  ///< of opening
    std::chrono::milliseconds backoff_{0};
    std::chrono::steady_clock::time_point retry_at_{};
};

}  // namespace mt::app::server
