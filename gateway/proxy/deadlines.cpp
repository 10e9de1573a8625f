#include <algorithm>

#include "gateway/proxy/session.hpp"

// One sweep per thread instead of a timer per operation (8 of 27 µs per request, docs/PERFORMANCE.md): every session writes
// down when its wait ends at the latest, and every 50 ms the expired ones are woken. The time comes from epoll_wait's own limit, and
// the sweep sleeps while there is nothing to do.

namespace mt::gateway {

namespace {
constexpr std::chrono::milliseconds k_tick{50};
constexpr std::chrono::seconds k_rest{30};  ///< an unused worker connection is closed after that
}  // namespace

/// Waking may end the session, which then moves the last one into its place: so from the end.
template <class Each>
void Loop::for_each_session(Each each) {
    for (std::size_t i = sessions_.size(); i-- > 0;)
        if (i < sessions_.size()) each(*sessions_[i]);
}

void Loop::run() {
    while (!ended_) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - now);
        reactor.wait(next_tick_ == Clock::time_point::max() ? std::chrono::milliseconds{-1} : std::max(left, std::chrono::milliseconds{0}));
        now = Clock::now();
        reactor.dispatch();
        if (now >= next_tick_) tick();
    }
    reactor.end();
    log.flush();
}

void Loop::tick_within(std::chrono::milliseconds time) { next_tick_ = std::min(next_tick_, now + time); }

void Loop::tick() {
    next_tick_ = Clock::time_point::max();
    for_each_session([this](Session& session) {
        if (session.deadline > now) return;
        session.deadline = Clock::time_point::max();
        session.expired = true;
        session.sleeper.news();
    });
    if (leaving_since_ != Clock::time_point::max()) abort_overdue();
    pool.drop_resting(now - k_rest);
    if (!draining) open_doors();
    if (log.pending() && now >= log_due_) log.flush();
    if (log.pending() || !sessions_.empty() || pool.size() > 0 || doors_shut_) tick_within(k_tick);
}

void Loop::add(Session& session) {
    session.index = sessions_.size();
    sessions_.push_back(&session);
    if (session.client->has_socket()) shared.connections.fetch_add(1, std::memory_order_relaxed);
    tick_within(k_tick);
}

void Loop::remove(Session& session) {
    sessions_[session.index] = sessions_.back();
    sessions_[session.index]->index = session.index;
    sessions_.pop_back();
    if (session.client->has_socket()) shared.connections.fetch_sub(1, std::memory_order_relaxed);
    end_if_done();
}

void Loop::end_if_done() {
    if (!draining || !sessions_.empty()) return;
    pool.drop_all();
    ended_ = true;
}

void Loop::drain() {
    draining = true;
    // Closing them now would reset those whose next request is on its way.
    for_each_session([this](Session& session) {
        if (session.idle) session.deadline = std::min(session.deadline, now + k_drain_linger);
    });
    end_if_done();
}

void Loop::leave(std::chrono::milliseconds grace) {
    leaving_since_ = now;
    patience_ = grace;
    drain();
}

void Loop::hurry(std::chrono::milliseconds grace) {
    streams_live_on_ = false;
    leave(grace);
}

void Loop::abort_overdue() {
    for_each_session([this](Session& session) {
        const auto time = streams_live_on_ ? session.lives_on.value_or(patience_) : patience_;
        if (session.aborted || now < leaving_since_ + time) return;
        session.aborted = true;
        session.sleeper.news();
    });
}

void Loop::abort() {
    draining = aborting = true;
    for_each_session([](Session& session) { session.sleeper.news(); });
    end_if_done();
}

}  // namespace mt::gateway
