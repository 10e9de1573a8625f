// The order of things that loses no request (docs/ARCHITECTURE.md, "Replacing a worker"): the gate says `cold` before a worker is
// told to drain, so later requests are held; connections of a worker that has stopped accepting are made stale (next_generation)
// and dropped before it ends; and whenever nothing will accept on the socket for a while, it is closed, so that connections
// that wait in its backlog fail at once instead of hanging.
#include "gateway/supervisor/tenant.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <random>

#include "base/log.hpp"
#include "gateway/supervisor/backoff.hpp"
#include "gateway/supervisor/tenant_log.hpp"

namespace mt::gateway {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

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

namespace {

double random_fraction() {
    static thread_local std::minstd_rand source{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(source);
}

Limits merged(Limits limits, const LimitsConfig& config) {
    if (config.body_bytes) limits.body_bytes = *config.body_bytes;
    if (config.body_timeout) limits.body_timeout = *config.body_timeout;
    if (config.answer_timeout) limits.answer_timeout = *config.answer_timeout;
    if (config.queue) limits.queue = *config.queue;
    if (config.queue_wait) limits.queue_wait = *config.queue_wait;
    return limits;
}

bool same(const Limits& a, const Limits& b) {
    return a.body_bytes == b.body_bytes && a.body_timeout == b.body_timeout && a.answer_timeout == b.answer_timeout &&
           a.queue == b.queue && a.queue_wait == b.queue_wait;
}

}  // namespace

Tenant::Tenant(TenantContext& context, TenantSpec spec, std::uint32_t generation)
    : context_(context), spec_(std::move(spec)), gate_(std::make_shared<TenantGate>()), changed_(context.io),
      start_timer_(context.io), slot_timer_(context.io), retry_timer_(context.io), idle_timer_(context.io),
      withdraw_timer_(context.io) {
    // A tenant that comes back goes on counting: pooled connections to its former workers must never look current.
    while (gate_->generation() < generation) gate_->next_generation();
    rebuild_entry();
    if (spec_.error) {
        error_ = spec_.error;
        set_state(TenantState::failed, "tenant.json is broken");
        set_gate(Admission::unavailable, 30);
    } else if (!may_run()) {
        settle_stopped();
    }
}

Tenant::~Tenant() {
    if (current_) current_->abandon();
    if (next_) next_->abandon();
    for (const auto& worker : leaving_) worker->abandon();
    close_listener();
}

bool Tenant::may_run() const { return !removed_ && !withdrawn_ && spec_.config.state == "running"; }

void Tenant::set_state(TenantState state, std::string reason) {
    if (state != state_) {
        since_ = std::chrono::system_clock::now();
        auto line = "tenant=" + id().str() + " event=state state=" + std::string{name(state)} + " reason=" + log::quote(reason);
        if (error_ && (state == TenantState::failed || state == TenantState::degraded || state == TenantState::backoff))
            log::warn(line + " error=" + log::quote(describe(*error_)));
        else if (context_.proxy) log::info(line);
    }
    state_ = state;
    reason_ = std::move(reason);
    changed_.notify();
}

void Tenant::set_gate(Admission admission, unsigned retry_after) {
    gate_->set(admission, retry_after);
    if (context_.proxy) context_.proxy->wake(id());
}

void Tenant::rebuild_entry() {
    const auto limits = merged(context_.limits, spec_.config.limits);
    if (entry_ && same(entry_->limits, limits)) return;
    entry_ = std::make_shared<TenantEntry>(TenantEntry{id(), context_.layout.tenant_socket(id()).native(), limits, gate_});
    if (context_.table_changed) context_.table_changed();
}

// --- what should be ---

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
    rebuild_entry();
    if (withdrawn_) return;
    if (!may_run()) {
        const bool suspended = spec_.config.state == "suspended";
        if (state_ != TenantState::stopped && state_ != TenantState::suspended && !stopping_)
            stop_workers(suspended ? TenantState::suspended : TenantState::stopped, spec_.config.reason);
        else if (!stopping_) settle_stopped();
        return;
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

void Tenant::begin() {
    if (!context_.proxy || !may_run() || serves() || in_transition() || spec_.config.start != "eager") return;
    if (state_ == TenantState::idle) begin_start("eager");
}

void Tenant::want() {
    if (state_ == TenantState::ready || state_ == TenantState::degraded || gate_->admission() != Admission::cold) {
        if (context_.proxy) context_.proxy->wake(id());
        return;
    }
    if (may_run() && !in_transition()) begin_start("asked for");
}

void Tenant::start_now() {
    if (!may_run() || in_transition()) return;
    if (current_ && !spec_.revision.empty() && current_->revision() == spec_.revision) return;
    failures_ = 0;
    begin_start("started by the operator");
}

void Tenant::restart_now() {
    if (!may_run()) return;
    cancel_start();
    failures_ = 0;
    if (current_) ++restarts_;
    begin_start("restarted by the operator");
}

void Tenant::stop_now(std::string reason) {
    const auto& state = spec_.config.state;
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
    withdraw_timer_.cancel();
    stop_workers(TenantState::stopped, std::move(reason));
    // Unlinked now: the id may come back while the last worker still drains. A worker keeps the socket itself open.
    close_listener();
}

void Tenant::terminate_all() {
    cancel_start();
    if (current_) retire(std::exchange(current_, nullptr));
    for (const auto& worker : leaving_) worker->kill();
}

void Tenant::end_streams() {
    if (current_) current_->end_streams();
}

// --- starting ---

Status Tenant::open_listener() {
    if (listener_) return {};
    const auto path = context_.layout.tenant_socket(id());
    MT_CHECK(check_socket_path(path));
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return errno_error("make a socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);  // check_socket_path has measured it
    ::unlink(path.c_str());
    const auto mask = ::umask(0077);
    const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(mask);
    if (bound != 0 || ::listen(fd.get(), 4096) != 0) return errno_error("listen on", path.native());
    listener_ = std::move(fd);
    return {};
}

void Tenant::close_listener() {
    if (!listener_) return;
    listener_.reset();
    ::unlink(context_.layout.tenant_socket(id()).c_str());
}

std::vector<std::string> Tenant::worker_environment() const {
    auto environment = context_.environment;
    environment.push_back("MTG_TENANT=" + id().str());
    environment.push_back("MTG_REVISION=" + spec_.revision);
    environment.push_back("MTG_GATEWAY_PID=" + std::to_string(::getpid()));
    return environment;
}

void Tenant::begin_start(std::string reason) {
    if (!context_.proxy || waiting_for_slot_ || removed_) return;
    retry_timer_.cancel();
    next_try_.reset();
    stopping_ = false;
    waiting_for_slot_ = true;
    if (!current_) {
        set_gate(Admission::cold);
        set_state(TenantState::starting, std::move(reason));
    } else {
        log::info("tenant=" + id().str() + " event=replace reason=" + log::quote(reason));
    }
    context_.slots.acquire([weak = weak_from_this()](StartSlots::Slot slot) {
        if (const auto self = weak.lock()) self->spawn_now(std::move(slot));
    });
}

void Tenant::spawn_now(StartSlots::Slot slot) {
    if (!std::exchange(waiting_for_slot_, false) || !may_run()) return;
    // What is started is what is there now, not what was there when it was asked for.
    auto spec = context_.source.read(id());
    if (!spec) return start_failed(Error{Errc::no_such_tenant, "the folder of the tenant is gone"});
    if (spec->error) {
        spec_.error = spec->error;
        return start_failed(*spec->error);
    }
    spec_ = *std::move(spec);
    rebuild_entry();
    if (!may_run()) return apply(spec_);
    if (auto status = open_listener(); !status.ok()) return start_failed(status.error());
    const auto log = open_tenant_log(context_.layout.tenant_log(id()));
    if (!log.ok()) return start_failed(log.error());
    auto worker = Worker::start(context_.io,
                                {context_.worker_program, {context_.layout.tenant(id()).native(), "serve"}, worker_environment(),
                                 spec_.revision, listener_.get(), log->get(), current_.get()},
                                *this);
    if (!worker.ok()) return start_failed(std::move(worker).error());
    next_ = *std::move(worker);
    slot_ = std::move(slot);
    slot_timer_.expires_after(context_.timings.slot_held_max);
    slot_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error) self->slot_.reset();
    });
    start_timer_.expires_after(context_.timings.start_deadline);
    start_timer_.async_wait([weak = weak_from_this(), started = next_.get()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self || self->next_.get() != started) return;
        log::warn("tenant=" + self->id().str() + " event=start_deadline pid=" + std::to_string(started->pid()));
        self->next_->kill();  // its exit is the failure
    });
    changed_.notify();
}

void Tenant::cancel_start() {
    waiting_for_slot_ = false;
    slot_.reset();
    start_timer_.cancel();
    if (!next_) return;
    leaving_.push_back(std::exchange(next_, nullptr));
    leaving_.back()->terminate(context_.timings.term_grace);
}

void Tenant::worker_ready(Worker& worker) {
    if (&worker != next_.get()) return;
    start_timer_.cancel();
    slot_.reset();
    auto old = std::exchange(current_, std::exchange(next_, nullptr));
    error_.reset();
    refused_revision_.clear();
    const auto ms = std::chrono::duration_cast<milliseconds>(*worker.ready() - worker.started()).count();
    log::info("tenant=" + id().str() + " event=worker_ready pid=" + std::to_string(worker.pid()) + " ms=" + std::to_string(ms));
    if (old) retire(std::move(old));
    else gate_->next_generation();  // whatever is pooled belongs to a worker that is gone or going
    set_gate(Admission::ready);
    set_state(TenantState::ready, "serving");
    watch_idleness();
    // Edited while it started: the files are newer than what it read.
    if (const auto now = context_.source.read(id()); now && now->revision != worker.revision()) apply(*now);
}

void Tenant::start_failed(Error error) {
    start_timer_.cancel();
    slot_.reset();
    refused_revision_ = spec_.revision;
    const bool configuration = error.code() == Errc::invalid_config;
    error_ = std::move(error).of_tenant(id().str());
    ++failures_;
    const auto wait = backoff(failures_, random_fraction());
    if (current_) {
        set_state(TenantState::degraded, "the new configuration was refused; the last good one serves");
        if (!configuration) retry_after(wait);  // a full disk, a missing library: may be repaired without touching the files
        return;
    }
    close_listener();
    if (configuration) {
        set_gate(Admission::unavailable, 30);
        return set_state(TenantState::failed, "the configuration is broken; it is tried again when a file changes");
    }
    set_gate(Admission::unavailable, retry_after_s(wait));
    retry_after(wait);
    set_state(TenantState::backoff, "failed " + std::to_string(failures_) + (failures_ == 1 ? " time" : " times in a row"));
}

void Tenant::retry_after(milliseconds wait) {
    next_try_ = steady_clock::now() + wait;
    retry_timer_.expires_at(*next_try_);
    retry_timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || !self->may_run() || self->in_transition()) return;
        self->next_try_.reset();
        if (self->current_ || self->spec_.config.start == "eager" || self->gate_->held.load() > 0) return self->begin_start("next try");
        // Nobody asks: the next request is the next try, so that a broken tenant costs nothing.
        self->set_gate(Admission::cold);
        self->set_state(TenantState::backoff, "tried again with the next request");
    });
}

// --- ending ---

void Tenant::retire(std::shared_ptr<Worker> worker) {
    idle_timer_.cancel();
    worker->drain(context_.timings.drain_grace, context_.timings.term_grace);
    leaving_.push_back(std::move(worker));
}

void Tenant::worker_draining(Worker& worker) { leave_old_connections(worker); }

void Tenant::leave_old_connections(Worker&) {
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
    if (current_) retire(std::exchange(current_, nullptr));
    stopping_ = true;
    if (reason.empty()) reason = "stopped by the operator";
    if (leaving_.empty()) {
        state_ = then;
        return after_exit();
    }
    set_state(TenantState::draining, std::move(reason));
}

void Tenant::settle_stopped() {
    error_.reset();
    set_gate(Admission::unavailable, 30);
    const bool suspended = spec_.config.state == "suspended";
    auto reason = removed_ ? "removed" : withdrawn_ ? "withdrawn: it is about to be removed" : spec_.config.reason;
    if (reason.empty()) reason = suspended ? "suspended by the operator" : "stopped by the operator";
    set_state(suspended ? TenantState::suspended : TenantState::stopped, std::move(reason));
}

void Tenant::worker_exited(Worker& worker) {
    const auto self = shared_from_this();  // the last reference may be in the supervisor's list of leaving tenants
    log::info("tenant=" + id().str() + " event=worker_exit pid=" + std::to_string(worker.pid()) + " how=" + log::quote(worker.ending()));
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
    leave_old_connections(worker);
    after_exit();
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

// --- idleness ---

void Tenant::watch_idleness() {
    idle_timer_.cancel();
    if (!current_ || spec_.in_memory || spec_.config.start == "eager" || spec_.config.idle_stop.count() == 0) return;
    // last_used_s is cut to whole seconds, so the use was up to one second later than it says.
    const auto used = steady_clock::time_point{std::chrono::seconds{gate_->last_used_s.load() + 1}};
    const bool was_used = gate_->last_used_s.load() != 0;
    const auto idle_since = was_used ? std::max(used, *current_->ready()) : *current_->ready();
    // What is due but busy is looked at again later: zero requests in flight is where the counting starts.
    const auto soonest = steady_clock::now() + std::min(spec_.config.idle_stop, milliseconds{1000});
    const bool busy = gate_->in_flight.load() > 0 || gate_->held.load() > 0;
    const auto due = idle_since + spec_.config.idle_stop;
    idle_timer_.expires_at(busy ? std::max(due, soonest) : due);
    idle_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error) self->idle_check();
    });
}

void Tenant::idle_check() {
    if (!current_ || in_transition()) return;
    const bool busy = gate_->in_flight.load() > 0 || gate_->held.load() > 0;
    const auto used = steady_clock::time_point{std::chrono::seconds{gate_->last_used_s.load() + 1}};
    if (busy || (gate_->last_used_s.load() != 0 && steady_clock::now() - used < spec_.config.idle_stop)) return watch_idleness();
    stop_workers(TenantState::idle, "idle for " + std::to_string(spec_.config.idle_stop.count() / 1000) + " s");
}

void Tenant::became_idle() {
    set_state(TenantState::idle, "nothing runs");
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

void Tenant::check_log() const {
    if (has_worker()) limit_tenant_log(context_.layout.tenant_log(id()));
}

}  // namespace mt::gateway
