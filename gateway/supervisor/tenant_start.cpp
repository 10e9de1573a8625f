#include <unistd.h>

#include <random>

#include "base/log.hpp"
#include "gateway/supervisor/backoff.hpp"
#include "gateway/supervisor/tenant.hpp"
#include "gateway/supervisor/tenant_log.hpp"

namespace mt::gateway {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

double random_fraction() {
    static thread_local std::minstd_rand source{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(source);
}

}  // namespace

Status Tenant::open_listener() {
    if (listener_) return {};
    MT_TRY(listener_, listen_on_socket(context_.layout.tenant_socket(id())));
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
    if (context_.isolation) {
        const auto order = context_.isolation->order(id(), spec_.config, merge(context_.limits, spec_.config.limits));
        environment.push_back("MTG_SANDBOX=" + isolation_text(order));
    }
    return environment;
}

Result<std::shared_ptr<Worker>> Tenant::start_worker() {
    const auto folder = context_.layout.tenant(id()).native();
    WorkerPlan plan{context_.worker_program, {folder}, worker_environment(), spec_.revision, -1, -1, nullptr, nullptr};
    if (spec_.config.is_command()) {
        const auto socket = program_socket(context_.layout.tenant_socket(id()), starts_ + 1, spec_.config.command.listen);
        MT_TRY(plan.place, ProgramPlace::make(spec_.config.command.listen, socket, context_.ports));
        plan.listener = plan.place->listener();
        for (auto& word : plan.place->arguments()) plan.arguments.push_back(std::move(word));
    } else {
        MT_CHECK(open_listener());
        plan.listener = listener_.get();
        plan.arguments.push_back("serve");
        if (current_ && !current_->place()) plan.replaces = current_.get();
    }
    MT_TRY(const auto log, open_tenant_log(context_.layout.tenant_log(id())));
    plan.log = log.get();
    log_from_ = ::lseek(log.get(), 0, SEEK_END);
    return Worker::start(context_.io, plan, context_.spares, *this);
}

void Tenant::begin_start(std::string reason, Asked asked) {
    if (!context_.proxy || waiting_for_slot_ || removed_) return;
    retry_timer_.cancel();
    next_try_.reset();
    stopping_ = false;
    waiting_for_slot_ = true;
    asked_ = asked;
    if (!place_) place_ = context_.residents->take(*this);
    if (!current_) {
        set_gate(Admission::cold);
        set_state(TenantState::starting, place_ ? std::move(reason) : "waits for room: " + context_.residents->why_full());
    } else {
        log::info("tenant=" + id().str() + " event=replace reason=" + log::quote(reason));
    }
    if (place_) return wait_for_slot();
    context_.residents->wait(weak_from_this());
}

void Tenant::wait_for_slot() {
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
    if (spec->config.upstream) return apply(*std::move(spec));
    spec_ = *std::move(spec);
    rebuild_entry();
    if (!may_run()) return apply(spec_);
    auto worker = start_worker();
    if (!worker.ok()) return start_failed(std::move(worker).error());
    next_ = *std::move(worker);
    ++starts_;
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
    if (const auto former = gate_; move_to_current()) {
        if (old) leave(std::move(old), former, Streams::live_on);
    } else {
        // Whatever is pooled belongs to a worker that is gone or going, and that may hang: it is for the new one from here on.
        // What the old one still accepts, it says `draining` behind.
        leave_old_connections();
        if (old) retire(std::move(old), Streams::live_on);
    }
    set_gate(Admission::ready);
    set_state(TenantState::ready, "serving");
    watch_idleness();
    context_.refill_spares();
    if (place_) place_->measure();
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

}  // namespace mt::gateway
