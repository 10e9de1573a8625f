#pragma once
#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/files.hpp"

namespace mt::gateway {

/// One thread's event loop over one epoll set. A socket is registered once, edge-triggered, and remembers what it heard; so a
/// request costs no epoll_ctl (docs/decisions/0006-reactor.md). No timers: the owner says how
/// long the next wait may last. All members but post() are for the loop's own thread.
class Reactor {
public:
    class Source {
    public:
        /// `events` as epoll(7) names them; 0 if it comes from again(). May free this source and any other.
        virtual void ready(std::uint32_t events) = 0;

    protected:
        ~Source() = default;
    };

    /// Throws std::system_error if the system has no descriptor left.
    Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    /// False: the system refuses. Whoever watches calls forget() before the source goes, and unwatch(): closing the descriptor ends the
    /// watching only if no other process has a duplicate, and one that is being started may have (gateway/supervisor/spawn.cpp).
    bool watch(int fd, std::uint32_t events, Source& source);
    /// Watches for other events; what already holds among them is told anew.
    bool rewatch(int fd, std::uint32_t events, Source& source);
    void unwatch(int fd);
    /// What was fetched for this source and not delivered yet is dropped, so that it can be freed at once.
    void forget(const Source& source);
    /// Calls ready(0) at the end of this turn or in the next one, after others had theirs. Once per turn and source.
    void again(Source& source) { again_.push_back(&source); }

    /// Any thread. Runs the task on the loop's thread. False: the loop has ended, and the task is not run.
    bool post(std::function<void()> task);

    /// Waits for events, at most that long; below 0: until there are some.
    void wait(std::chrono::milliseconds longest);
    /// Delivers them.
    void dispatch();
    /// From now on post() refuses; what was posted before is run.
    void end();

private:
    void run_posted();

    Fd epoll_, bell_;
    epoll_event events_[128];
    int next_ = 0, count_ = 0;
    std::vector<Source*> again_;
    std::mutex mutex_;  ///< guards what follows
    std::vector<std::function<void()>> posted_;
    bool ended_ = false;
};

}  // namespace mt::gateway
