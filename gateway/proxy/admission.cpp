#include "gateway/proxy/admission.hpp"

#include <bit>

namespace mt::gateway {

using Entry = InFlight::Entry;

namespace {

Entry entry_at(Admission admission) {
    switch (admission) {
        case Admission::ready: return Entry::entered;
        case Admission::cold: return Entry::cold;
        case Admission::unavailable: return Entry::unavailable;
    }
    return Entry::unavailable;
}

}  // namespace

Entry InFlight::enter(const std::shared_ptr<const TenantEntry>& tenant, bool next) {
    TenantGate& gate = *tenant->gate;
    if (const auto entry = entry_at(gate.admission()); entry != Entry::entered) return entry;
    const auto most = tenant->limits.concurrency;
    if (most != 0 && !next && gate.loops_waiting.load() != 0) return Entry::full;
    if (!gate.take_place(most)) return Entry::full;
    tenant_ = tenant;
    const auto entry = entry_at(gate.admission());  // what counts: read behind the count
    if (entry == Entry::entered) return entry;
    tenant_.reset();
    gate.in_flight.fetch_sub(1);
    loop_.pass_on_place(*tenant);
    return entry;
}

void InFlight::leave() {
    if (!tenant_) return;
    const auto tenant = std::exchange(tenant_, nullptr);
    // Before the count falls: whoever sees 0 also sees when that was.
    tenant->gate->last_used_s.store(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count()), std::memory_order_relaxed);
    tenant->gate->in_flight.fetch_sub(1);
    loop_.pass_on_place(*tenant);
}

namespace {

/// One place in a tenant's queue.
class Place {
public:
    Place(Session& session, std::shared_ptr<const TenantEntry> tenant)
        : session_(session), tenant_(std::move(tenant)), found_(tenant_->gate->held.fetch_add(1) < tenant_->limits.queue) {
        session_.loop.hold(*tenant_, session_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        session_.loop.release(*tenant_, session_);
        tenant_->gate->held.fetch_sub(1);
        // Whoever told this one of a place told nobody else.
        if (!entered) session_.loop.pass_on_place(*tenant_);
    }
    bool found() const { return found_; }
    bool is_next() const { return session_.loop.is_next(*tenant_, session_); }

    bool entered = false;

private:
    Session& session_;
    std::shared_ptr<const TenantEntry> tenant_;
    bool found_;
};

/// Adds up for how long a held request waited for a process, as opposed to a place.
class ColdTime {
public:
    ColdTime(const Loop& loop, Request& request) : loop_(loop), request_(request) {}
    ColdTime(const ColdTime&) = delete;
    ColdTime& operator=(const ColdTime&) = delete;
    ~ColdTime() { set(false); }
    void set(bool cold) {
        if (cold == cold_) return;
        if (cold) since_ = loop_.now;
        else request_.cold += loop_.now - since_;
        cold_ = cold;
    }

private:
    const Loop& loop_;
    Request& request_;
    bool cold_ = false;
    Clock::time_point since_;
};

/// Says why a request is not held any longer, or not at all.
Held refuse(Request& request, Entry reason, bool waited) {
    request.retry_after_s = 1;
    if (reason == Entry::full) {
        request.status = 429;
        request.exceeded = Exceeded::concurrency;
        request.limit = waited ? LimitHit::concurrency : LimitHit::queue;
        request.why = waited ? "The tenant was busy for too long" : "Too many requests wait for this tenant";
    } else {
        request.status = 503;
        request.limit = waited ? LimitHit::queue_wait : LimitHit::queue;
        request.why = waited ? "The tenant did not start in time" : "Too many requests wait for this tenant to start";
    }
    return Held::refused;
}

}  // namespace

bool watch_client(Session& session) {
    while (!session.client_eof && session.client->may_read() && session.in.room() > 0) {
        const auto moved = session.client->receive(session.in.storage.get() + session.in.end, session.in.room());
        if (moved.io == Wire::Io::failed) return false;
        // An end of sending alone: half-closed clients get their answer.
        if (moved.io == Wire::Io::closed) session.client_eof = true;
        session.in.end += static_cast<std::uint32_t>(moved.bytes);
    }
    if (!session.client_eof && session.in.room() > 0) session.client->want_read();
    return true;
}

Task<Held> hold(Session& session, Request& request, InFlight& in_flight, Clock::time_point& until) {
    Place place{session, request.tenant};
    const auto gate = request.tenant->gate;
    bool waited = false, asked = false;
    ColdTime cold{session.loop, request};
    for (;;) {
        const auto found = session.loop.table->find(request.tenant->id.str());
        if (found == session.loop.table->end() || found->second->gate != gate) co_return Held::look_again;
        request.tenant = found->second;
        const auto entry = in_flight.enter(request.tenant, place.is_next());
        cold.set(entry == Entry::cold);
        if (entry == Entry::entered) {
            place.entered = true;
            co_return Held::entered;
        }
        if (entry == Entry::unavailable) co_return Held::look_again;
        if (!place.found()) co_return refuse(request, entry, false);
        if (entry == Entry::cold && !std::exchange(asked, true)) session.loop.shared.demand->want(request.tenant->id);
        if (entry == Entry::full) asked = false;
        if (!watch_client(session)) co_return Held::gone;
        if (until == Clock::time_point::max()) until = session.loop.now + request.tenant->limits.queue_wait;
        if (session.loop.now >= until) co_return refuse(request, entry, waited);
        waited = true;
        const auto wake = co_await session.pause(std::chrono::duration_cast<std::chrono::milliseconds>(until - session.loop.now));
        if (wake == Wake::aborted) co_return Held::gone;
    }
}

void Loop::hold(const TenantEntry& tenant, Session& session) {
    held_[tenant.id.str()].push_back(&session);
    tenant.gate->loops_waiting.fetch_or(std::uint64_t{1} << number);
}

void Loop::release(const TenantEntry& tenant, Session& session) {
    const auto found = held_.find(tenant.id.str());
    if (found == held_.end()) return;
    std::erase(found->second, &session);
    if (!found->second.empty()) return;
    held_.erase(found);
    tenant.gate->loops_waiting.fetch_and(~(std::uint64_t{1} << number));
}

bool Loop::is_next(const TenantEntry& tenant, const Session& session) const {
    const auto found = held_.find(tenant.id.str());
    return found != held_.end() && found->second.front() == &session;
}

void Loop::pass_on_place(const TenantEntry& tenant) {
    const auto waiting = tenant.gate->loops_waiting.load();
    if (waiting == 0) return;
    // In a circle over the threads, so that those of no thread wait while others go in and out. Posted even to this
    // one: the caller is in the middle of something.
    const auto behind = waiting & ~((std::uint64_t{2} << number) - 1);
    Loop& next = *shared.loops[static_cast<std::size_t>(std::countr_zero(behind ? behind : waiting))];
    next.reactor.post([&next, id = tenant.id.str()] { next.wake_next(id); });
}

void Loop::wake_next(const std::string& tenant) {
    if (const auto found = held_.find(tenant); found != held_.end()) return found->second.front()->sleeper.news();
    // It left meanwhile; others may wait elsewhere.
    if (const auto found = table->find(tenant); found != table->end()) pass_on_place(*found->second);
}

void Loop::wake(const std::string& tenant) {
    const auto found = held_.find(tenant);
    if (found == held_.end()) return;
    const auto sessions = found->second;  // each leaves the list as it goes on
    for (Session* const session : sessions) session->sleeper.news();
}

void Loop::wake_all() {
    std::vector<Session*> sessions;
    for (const auto& [tenant, waiting] : held_) sessions.insert(sessions.end(), waiting.begin(), waiting.end());
    for (Session* const session : sessions) session->sleeper.news();
}

std::string_view Loop::next_request_id() {
    for (int half = 0; half < 2; ++half) {
        auto bits = random_();
        for (int i = 0; i < 16; ++i, bits >>= 4) request_id_[half * 16 + i] = "0123456789abcdef"[bits & 15];
    }
    return {request_id_, sizeof request_id_};
}

}  // namespace mt::gateway
