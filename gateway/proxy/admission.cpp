#include "gateway/proxy/admission.hpp"

namespace mt::gateway {

Admission InFlight::enter(const std::shared_ptr<TenantGate>& gate, std::uint32_t now_s) {
    gate->in_flight.fetch_add(1);
    const auto admission = gate->admission();
    if (admission == Admission::ready) {
        gate_ = gate;
        entered_s_ = now_s;
    } else {
        gate->in_flight.fetch_sub(1);
    }
    return admission;
}

void InFlight::leave() {
    if (!gate_) return;
    // Before the count falls: whoever sees 0 also sees when that was.
    gate_->last_used_s.store(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count()), std::memory_order_relaxed);
    gate_->in_flight.fetch_sub(1);
    gate_.reset();
}

namespace {

/// One place in a tenant's queue.
class Place {
public:
    Place(Session& session, const TenantEntry& tenant)
        : session_(session), id_(tenant.id.str()), gate_(tenant.gate), found_(gate_->held.fetch_add(1) < tenant.limits.queue) {
        session_.loop.hold(id_, session_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        session_.loop.release(id_, session_);
        gate_->held.fetch_sub(1);
    }
    bool found() const { return found_; }

private:
    Session& session_;
    std::string id_;
    std::shared_ptr<TenantGate> gate_;
    bool found_;
};

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

Task<Held> hold(Session& session, Request& request, Clock::time_point& until) {
    const auto tenant = request.tenant;
    const Place place{session, *tenant};
    if (!place.found()) {
        request.why = "Too many requests wait for this tenant to start";
        request.retry_after_s = 1;
        co_return Held::refused;
    }
    if (until == Clock::time_point::max()) until = session.loop.now + tenant->limits.queue_wait;
    session.loop.shared.demand->want(tenant->id);
    for (;;) {
        if (tenant->gate->admission() != Admission::cold) co_return Held::look_again;
        const auto found = session.loop.table->find(tenant->id.str());
        if (found == session.loop.table->end() || found->second != tenant) co_return Held::look_again;
        if (!watch_client(session)) co_return Held::gone;
        if (session.loop.now >= until) {
            request.why = "The tenant did not start in time";
            request.retry_after_s = 1;
            co_return Held::refused;
        }
        const auto wake = co_await session.pause(std::chrono::duration_cast<std::chrono::milliseconds>(until - session.loop.now));
        if (wake == Wake::aborted) co_return Held::gone;
    }
}

void Loop::hold(const std::string& tenant, Session& session) { held_[tenant].push_back(&session); }

void Loop::release(const std::string& tenant, Session& session) {
    const auto found = held_.find(tenant);
    if (found == held_.end()) return;
    std::erase(found->second, &session);
    if (found->second.empty()) held_.erase(found);
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
