// What a supervisor does while two gateways run: the one that takes over has workers of its own ready before anybody's
// request reaches it, and the one that leaves keeps its own for as long as somebody is in the middle of something.
#include "gateway/supervisor/supervisor.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

namespace mt::gateway {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
/// Above the moment that a drain leaves to idle connections (Loop::k_drain_linger): their last requests need no cold
/// start.
constexpr milliseconds k_release_every{500};
constexpr std::size_t k_tenants_named{10};
}

std::vector<std::string> Supervisor::running() const {
    std::vector<std::string> ids;
    for (const auto& [id, tenant] : tenants_)
        if (tenant->has_worker() && tenant->serves()) ids.push_back(id);
    return ids;
}

boost::asio::awaitable<void> Supervisor::warm_up(std::vector<std::string> tenants, steady_clock::time_point deadline) {
    std::vector<std::shared_ptr<Tenant>> started;
    for (const auto& id : tenants) {
        const auto tenant = find(id);
        if (!tenant) continue;
        tenant->want();
        started.push_back(tenant);
    }
    for (const auto& tenant : started)
        while (tenant->in_transition() && steady_clock::now() < deadline) co_await tenant->changed().wait(deadline);
}

void Supervisor::took_over(pid_t former) {
    isolation_.set_alone(true);
    events_.add({{"event", "took_over"}, {"pid", ::getpid()}, {"former_pid", former}});
}

void Supervisor::former_ended(pid_t pid) { events_.add({{"event", "former_ended"}, {"pid", pid}}); }

void Supervisor::leave() {
    left_ = true;
    isolation_.set_alone(false);
    log_timer_.cancel();  // the files are the other one's to turn
    end_streams();
    spares_.dismiss();
    snapshots_.reset();
    release_unused();
}

void Supervisor::release_unused() {
    log_timer_.expires_after(k_release_every);
    log_timer_.async_wait(lifeline_.guard([this](boost::system::error_code error) {
        if (error || stopping_) return;
        for (const auto& [id, tenant] : tenants_) tenant->release();
        release_unused();
    }));
}

json Supervisor::in_hand() const {
    std::uint64_t requests = 0, streams = 0;
    auto tenants = json::array();
    const auto count = [&](const std::shared_ptr<Tenant>& tenant) {
        const auto theirs = tenant->in_hand();
        requests += theirs.requests;
        streams += theirs.streams;
        if (theirs.requests + theirs.streams > 0 && tenants.size() < k_tenants_named) tenants.push_back(tenant->id().str());
    };
    for (const auto& [id, tenant] : tenants_) count(tenant);
    for (const auto& tenant : leaving_) count(tenant);
    return {{"requests", requests}, {"streams", streams}, {"tenants", std::move(tenants)}};
}

Tenant::InHand Tenant::in_hand() const {
    InHand sum;
    const auto count = [&](const TenantGate& gate) {
        const auto streams = gate.streams.load(), all = gate.in_flight.load();
        sum.streams += streams;
        sum.requests += (all > streams ? all - streams : 0) + gate.held.load();
    };
    count(*gate_);
    for (const auto& each : farewells_)
        if (each.gate != gate_) count(*each.gate);
    return sum;
}

void Tenant::release() {
    const bool busy = gate_->in_flight.load() > 0 || gate_->held.load() > 0 || !farewells_.empty();
    if (current_ && !in_transition() && !busy) stop_workers(TenantState::idle, "another gateway process serves it");
}

}  // namespace mt::gateway
