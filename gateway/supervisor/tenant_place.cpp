// A tenant's part in the budget that all share (residents.hpp).
#include <algorithm>

#include "gateway/supervisor/process_figures.hpp"
#include "gateway/supervisor/tenant.hpp"

namespace mt::gateway {

using std::chrono::steady_clock;

std::optional<steady_clock::time_point> Tenant::idle_since() const {
    const bool settled = current_ && !in_transition() && leaving_.empty();
    const bool kept = spec_.in_memory || spec_.config.start == "eager";
    if (!settled || kept || in_use()) return std::nullopt;
    const steady_clock::time_point used{std::chrono::seconds{gate_->last_used_s.load()}};
    return std::max(used, *current_->ready());
}

std::uint64_t Tenant::memory_bytes() const {
    std::uint64_t bytes = 0;
    const auto add = [&](const std::shared_ptr<Worker>& worker) {
        if (!worker) return;
        bytes += private_memory(worker->pid());
        if (worker->serving_pid() != worker->pid()) bytes += private_memory(worker->serving_pid());
    };
    add(current_);
    add(next_);
    for (const auto& worker : leaving_) add(worker);
    return bytes;
}

void Tenant::make_room(std::string reason) { stop_workers(TenantState::idle, std::move(reason)); }

bool Tenant::wants_place() const {
    if (!waiting_for_slot_ || place_ || !may_run()) return false;
    return asked_ == Asked::otherwise || gate_->held.load() > 0 || gate_->in_flight.load() > 0;
}

void Tenant::place_free(std::unique_ptr<ResidentPlace> place) {
    place_ = std::move(place);
    set_state(TenantState::starting, "room was made");
    wait_for_slot();
}

void Tenant::place_not_wanted() {
    if (!waiting_for_slot_ || place_) return;
    waiting_for_slot_ = false;
    set_state(TenantState::idle, "there was no room while it was asked for: " + context_.residents->why_full());
}

void Tenant::give_back_place() {
    if (!has_worker() && !in_transition()) place_.reset();
}

}  // namespace mt::gateway
