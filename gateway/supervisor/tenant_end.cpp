// The order of things that loses no request (docs/ARCHITECTURE.md, "Replacing a worker"): the gate says `cold` before a worker is
// told to drain, so later requests are held; connections of a worker that has stopped accepting are made stale (next_generation)
// and dropped before it ends; and whenever nothing will accept on the socket for a while, it is closed, so that connections
// that wait in its backlog fail at once instead of hanging.
#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "gateway/supervisor/tenant.hpp"
#include "gateway/supervisor/tenant_log.hpp"

namespace mt::gateway {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void Tenant::retire(std::shared_ptr<Worker> worker, Streams streams) {
    idle_timer_.cancel();
    if (worker->place()) return leave(std::move(worker), program_gate_, streams);
    worker->drain(context_.timings.drain_grace, context_.timings.term_grace);
    leaving_.push_back(std::move(worker));
}

void Tenant::worker_draining(Worker&) { leave_old_connections(); }

void Tenant::leave_old_connections() {
    gate_->next_generation();
    if (context_.proxy) context_.proxy->drop_idle(id(), [] {});
}

void Tenant::worker_warning(Worker& worker, const std::string& text) {
    log::warn("tenant=" + id().str() + " event=warning pid=" + std::to_string(worker.pid()) + " text=" + log::quote(text));
}

void Tenant::stop_workers(TenantState then, std::string reason) {
    set_gate(then == TenantState::idle ? Admission::cold : Admission::unavailable, 5);
    cancel_start();
    retry_timer_.cancel();
    next_try_.reset();
    if (current_) retire(std::exchange(current_, nullptr), Streams::end);
    end_leaving_streams();
    stopping_ = true;
    if (reason.empty()) reason = "stopped by the operator";
    ending_ = reason;
    if (leaving_.empty()) return after_exit();
    set_state(TenantState::draining, std::move(reason));
}

void Tenant::settle_stopped() {
    error_.reset();
    set_gate(Admission::unavailable, 30);
    const bool suspended = wanted() == "suspended";
    auto reason = removed_ ? removal_ : withdrawn_ ? "withdrawn: it is about to be removed" : spec_.config.reason;
    if (reason.empty()) reason = suspended ? "suspended by the operator" : "stopped by the operator";
    set_state(suspended ? TenantState::suspended : TenantState::stopped, std::move(reason));
}

void Tenant::worker_exited(Worker& worker) {
    const auto self = shared_from_this();  // the last reference may be in the supervisor's list of leaving tenants
    log::info("tenant=" + id().str() + " event=worker_exit pid=" + std::to_string(worker.pid()) + " how=" + log::quote(worker.ending()));
    remember_exit(worker);
    if (&worker == next_.get()) {
        const auto failed = std::exchange(next_, nullptr);
        auto error = failed->error().value_or(
            Error{failed->exit_status() == 6 ? Errc::invalid_config : Errc::failed, "the worker " + failed->ending() + " before it was ready"}
                .hint("see " + context_.layout.tenant_log(id()).native()));
        return start_failed(std::move(error));
    }
    if (&worker == current_.get()) {
        const auto dead = std::exchange(current_, nullptr);
        return crashed(*dead);
    }
    std::erase_if(leaving_, [&](const auto& each) { return each.get() == &worker; });
    std::erase_if(farewells_, [&](const auto& each) { return each.worker.get() == &worker; });
    const bool served_elsewhere = spec_.config.upstream || (current_ && current_->place());
    if (served_elsewhere && leaving_.empty()) close_listener();
    leave_old_connections();
    after_exit();
    give_back_place();
    changed_.notify();
}

void Tenant::crashed(const Worker& worker) {
    idle_timer_.cancel();
    retry_timer_.cancel();
    ++restarts_;
    const bool was_healthy = steady_clock::now() - *worker.ready() >= context_.timings.healthy_after;
    log::warn("tenant=" + id().str() + " event=worker_crash pid=" + std::to_string(worker.pid()) + " how=" + log::quote(worker.ending()));
    if (was_healthy) failures_ = 0;
    if (in_transition()) {  // its successor is on the way
        set_gate(Admission::cold);
        return set_state(TenantState::starting, "the worker " + worker.ending());
    }
    if (was_healthy) return begin_start("the worker " + worker.ending());
    start_failed(Error{Errc::failed, "the worker " + worker.ending() + " soon after it was ready"}.hint(
        "see " + context_.layout.tenant_log(id()).native()));
}

void Tenant::after_exit() {
    if (!stopping_ || current_ || in_transition() || !leaving_.empty()) return;
    stopping_ = false;
    if (removed_ || !may_run()) {
        close_listener();
        return settle_stopped();
    }
    became_idle();
}

void Tenant::watch_idleness() {
    idle_timer_.cancel();
    if (!current_ || spec_.in_memory || spec_.config.start == "eager" || spec_.config.idle_stop.count() == 0) return;
    // last_used_s is cut to whole seconds, so the use was up to one second later than it says.
    const auto used = steady_clock::time_point{std::chrono::seconds{gate_->last_used_s.load() + 1}};
    const bool was_used = gate_->last_used_s.load() != 0;
    const auto idle_since = was_used ? std::max(used, *current_->ready()) : *current_->ready();
    // What is due but busy is looked at again later: zero requests in flight is where the counting starts.
    const auto soonest = steady_clock::now() + std::min(spec_.config.idle_stop, milliseconds{1000});
    const auto due = idle_since + spec_.config.idle_stop;
    idle_timer_.expires_at(in_use() ? std::max(due, soonest) : due);
    idle_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error) self->idle_check();
    });
}

bool Tenant::in_use() const {
    // Streams in a process that was replaced keep the tenant's process, too: it is one tenant, in use.
    return gate_->in_flight.load() > 0 || gate_->held.load() > 0 || !farewells_.empty();
}

void Tenant::idle_check() {
    if (!current_ || in_transition()) return;
    const auto used = steady_clock::time_point{std::chrono::seconds{gate_->last_used_s.load() + 1}};
    if (in_use() || (gate_->last_used_s.load() != 0 && steady_clock::now() - used < spec_.config.idle_stop)) return watch_idleness();
    stop_workers(TenantState::idle, "idle for " + std::to_string(spec_.config.idle_stop.count() / 1000) + " s");
}

void Tenant::became_idle() {
    set_state(TenantState::idle, ending_);
    // A request that was admitted just before the gate closed may sit in the backlog. After drop_idle's answer every proxy
    // thread has counted what it admitted, so that in_flight tells.
    context_.proxy->drop_idle(id(), [weak = weak_from_this(), &io = context_.io] {
        boost::asio::post(io, [weak] {
            const auto self = weak.lock();
            if (!self || self->current_ || self->in_transition() || self->state_ != TenantState::idle) return;
            if (self->gate_->in_flight.load() > 0 || self->gate_->held.load() > 0) self->begin_start("asked for");
            else self->close_listener();
        });
    });
}

void Tenant::check_log() {
    if (has_worker() && limit_tenant_log(context_.layout.tenant_log(id()))) log_from_ = 0;
}

}  // namespace mt::gateway
