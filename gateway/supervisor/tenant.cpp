// What a tenant is told to be, and what it says of itself. How its workers start is in tenant_start.cpp, how they end and when
// for idleness in tenant_end.cpp.
#include "gateway/supervisor/tenant.hpp"

#include "base/log.hpp"
#include "gateway/supervisor/suspension.hpp"

namespace mt::gateway {

std::string_view name(TenantState state) {
    switch (state) {
        case TenantState::idle: return "idle";
        case TenantState::starting: return "starting";
        case TenantState::ready: return "ready";
        case TenantState::draining: return "draining";
        case TenantState::backoff: return "backoff";
        case TenantState::failed: return "failed";
        case TenantState::degraded: return "degraded";
        case TenantState::stopped: return "stopped";
        case TenantState::suspended: return "suspended";
    }
    return "failed";
}

Tenant::Tenant(TenantContext& context, TenantSpec spec, std::uint32_t generation)
    : context_(context), spec_(std::move(spec)), gate_(std::make_shared<TenantGate>()), changed_(context.io),
      start_timer_(context.io), slot_timer_(context.io), retry_timer_(context.io), idle_timer_(context.io),
      withdraw_timer_(context.io), leave_timer_(context.io), until_timer_(context.io) {
    // A tenant that comes back goes on counting: pooled connections to its former workers must never look current.
    while (gate_->generation() < generation) gate_->next_generation();
    rebuild_entry();
    if (spec_.error) {
        error_ = spec_.error;
        set_state(TenantState::failed, "tenant.json is broken");
        set_gate(Admission::unavailable, 30);
    } else if (!may_run()) {
        settle_stopped();
    } else if (spec_.config.upstream) {
        forward_to_upstream();
    }
}

Tenant::~Tenant() {
    if (current_) current_->abandon();
    if (next_) next_->abandon();
    for (const auto& worker : leaving_) worker->abandon();
    close_listener();
}

bool Tenant::serves() const { return current_ || (spec_.config.upstream && state_ == TenantState::ready); }

bool Tenant::may_run() const { return !removed_ && !withdrawn_ && wanted() == "running"; }

void Tenant::set_state(TenantState state, std::string reason) {
    if (state != state_) {
        since_ = std::chrono::system_clock::now();
        auto line = "tenant=" + id().str() + " event=state state=" + std::string{name(state)} + " reason=" + log::quote(reason);
        if (error_ && (state == TenantState::failed || state == TenantState::degraded || state == TenantState::backoff))
            log::warn(line + " error=" + log::quote(describe(*error_)));
        else if (context_.proxy) log::info(line);
    }
    const auto before = std::exchange(state_, state);
    reason_ = std::move(reason);
    if (before != state) tell_state(before);
    give_back_place();
    changed_.notify();
}

void Tenant::set_gate(Admission admission, unsigned retry_after) {
    gate_->set(admission, retry_after);
    if (context_.proxy) context_.proxy->wake(id());
}

UpstreamAddress Tenant::address() const {
    if (spec_.config.upstream) return *spec_.config.upstream;
    if (current_ && current_->place()) return current_->place()->address();
    return {context_.layout.tenant_socket(id()).native(), {}, 0};
}

bool Tenant::move_to_current() {
    const auto to = address();
    program_gate_ = current_->place() ? gate_ : nullptr;
    if (entry_->socket_path == to.socket_path && entry_->host == to.host && entry_->port == to.port) return false;
    change_gate();
    if (current_->place()) program_gate_ = gate_;
    rebuild_entry();
    return true;
}

void Tenant::rebuild_entry() {
    const auto& config = spec_.config;
    const auto limits = merge(context_.limits, config.limits);
    const bool compression = config.compression.value_or(context_.compression);
    const bool suspended = wanted() == "suspended";
    const auto closed_why = suspended ? suspension_text(config.reason) : std::string{};
    const auto closed_until = suspended ? config.until.value_or(std::chrono::system_clock::time_point{}) : std::chrono::system_clock::time_point{};
    if (entry_ && entry_->gate == gate_ && entry_->strip_prefix == config.strip_prefix && entry_->limits == limits &&
        entry_->compression == compression && entry_->closed_why == closed_why && entry_->closed_until == closed_until)
        return;
    const auto server = address();
    entry_ = std::make_shared<TenantEntry>(
        TenantEntry{id(), server.socket_path, limits, gate_, compression, server.host, server.port, config.strip_prefix,
                    closed_why, closed_until});
    if (context_.entry_changed) context_.entry_changed(id());
}

void Tenant::apply(TenantSpec spec) {
    if (removed_) return;
    const auto before = std::exchange(spec_, std::move(spec));
    if (spec_.error) {
        error_ = spec_.error;
        spec_.config = before.config;  // the last good one stays in force
        if (serves() || in_transition()) set_state(TenantState::degraded, "tenant.json is broken; its last good content is in force");
        else if (may_run()) {
            set_gate(Admission::unavailable, 30);
            set_state(TenantState::failed, "tenant.json is broken");
        }
        return;
    }
    const bool moved = spec_.config.upstream != before.config.upstream;
    if (moved) change_gate();
    rebuild_entry();
    watch_suspension();
    if (withdrawn_) return;
    if (!may_run()) {
        const bool suspended = wanted() == "suspended";
        if (state_ != TenantState::stopped && state_ != TenantState::suspended && !stopping_)
            stop_workers(suspended ? TenantState::suspended : TenantState::stopped, spec_.config.reason);
        else if (!stopping_) settle_stopped();
        return;
    }
    if (spec_.config.upstream) return forward_to_upstream();
    if (moved) {
        set_state(TenantState::idle, "not asked for yet");
        return begin();
    }
    const auto& wanted = spec_.revision;
    const bool changed = !wanted.empty();
    if (next_ && changed && next_->revision() != wanted) {  // overtaken while it started
        cancel_start();
        if (current_ && current_->revision() == wanted) {
            error_.reset();
            return set_state(TenantState::ready, "serving");
        }
        return begin_start("configuration changed");
    }
    if (next_ || waiting_for_slot_) return;
    if (current_) {
        if (!changed || current_->revision() == wanted) {
            if (state_ == TenantState::degraded) {  // the change that was refused has been taken back
                error_.reset();
                refused_revision_.clear();
                set_state(TenantState::ready, "serving");
            }
            watch_idleness();
        } else if (wanted != refused_revision_) {
            begin_start("configuration changed");
        }
        return;
    }
    const bool was_down = state_ == TenantState::failed || state_ == TenantState::backoff;
    if (was_down && (before.error || wanted != refused_revision_)) {
        failures_ = 0;
        return begin_start("configuration changed");
    }
    if (state_ == TenantState::stopped || state_ == TenantState::suspended || stopping_) {
        stopping_ = false;
        error_.reset();
        set_gate(Admission::cold);
        set_state(TenantState::idle, "not asked for yet");
    }
    begin();
}

/// From here on requests go elsewhere. Connections to the former place must never look current, whatever table a thread still
/// holds: so the entry gets another gate, whose generation none of them has.
void Tenant::change_gate() {
    gate_->set(Admission::cold);  // whoever holds the former entry looks again once the new table is there
    auto gate = std::make_shared<TenantGate>();
    while (gate->generation() <= gate_->generation()) gate->next_generation();
    gate->requests = gate_->requests.load();
    gate->server_errors = gate_->server_errors.load();
    gate->last_used_s = gate_->last_used_s.load();
    gate->traffic_row = gate_->traffic_row.load();
    gate->tokens.continue_from(gate_->tokens);
    gate_ = std::move(gate);
}

/// Nothing of ours runs for this tenant, and what ran ends.
void Tenant::forward_to_upstream() {
    cancel_start();
    retry_timer_.cancel();
    next_try_.reset();
    stopping_ = false;
    error_.reset();
    if (current_) retire(std::exchange(current_, nullptr), Streams::live_on);
    if (leaving_.empty()) close_listener();
    set_gate(Admission::ready);
    set_state(TenantState::ready, "forwarded to " + spec_.config.upstream->str());
}

void Tenant::begin() {
    watch_suspension();
    if (!context_.proxy || !may_run() || serves() || in_transition() || spec_.config.start != "eager") return;
    if (state_ == TenantState::idle) begin_start("eager", Asked::otherwise);
}

void Tenant::want() {
    if (state_ == TenantState::ready || state_ == TenantState::degraded || gate_->admission() != Admission::cold) {
        if (context_.proxy) context_.proxy->wake(id());
        return;
    }
    if (may_run() && !in_transition()) begin_start("asked for");
}

void Tenant::start_now() {
    if (!may_run() || in_transition() || spec_.config.upstream) return;
    if (current_ && !spec_.revision.empty() && current_->revision() == spec_.revision) return;
    failures_ = 0;
    begin_start("started by the operator", Asked::otherwise);
}

void Tenant::restart_now() {
    if (!may_run() || spec_.config.upstream) return;
    cancel_start();
    failures_ = 0;
    if (current_) ++restarts_;
    begin_start("restarted by the operator", Asked::otherwise);
}

void Tenant::stop_now(std::string reason) {
    const auto& state = wanted();
    stop_workers(state == "stopped" ? TenantState::stopped : state == "suspended" ? TenantState::suspended : TenantState::idle,
                 std::move(reason));
}

void Tenant::withdraw() {
    withdrawn_ = true;
    stop_workers(TenantState::stopped, "withdrawn: it is about to be removed");
    withdraw_timer_.expires_after(context_.timings.withdrawn_max);
    withdraw_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error) self->end_withdrawal();
    });
}

void Tenant::end_withdrawal() {
    if (!std::exchange(withdrawn_, false) || removed_) return;
    withdraw_timer_.cancel();
    if (auto spec = context_.source.read(id())) apply(std::move(*spec));
}

void Tenant::remove(std::string reason) {
    removed_ = true;
    removal_ = reason;
    withdraw_timer_.cancel();
    stop_workers(TenantState::stopped, std::move(reason));
    // Unlinked now: the id may come back while the last worker still drains. A worker keeps the socket itself open.
    close_listener();
}

void Tenant::terminate_all() {
    cancel_start();
    if (current_) retire(std::exchange(current_, nullptr), Streams::end);
    for (const auto& worker : leaving_) worker->kill();
}

void Tenant::end_streams() {
    if (current_) current_->end_streams();
}

}  // namespace mt::gateway
