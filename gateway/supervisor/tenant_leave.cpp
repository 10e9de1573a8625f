// How a process is left that is not asked for its cooperation: a `command` tenant's program, which may know nothing of
// draining, or a worker of ours whose tenant becomes such a one. Another gate has taken over, or this one admits nobody;
// once every thread of the proxy knows that, what the gate counts is what the process has in hand. It is told to end when
// that is done.
#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "gateway/supervisor/tenant.hpp"

namespace mt::gateway {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
constexpr milliseconds k_look_often{20}, k_look_seldom{500};  // for requests; for streams, which may last an hour
}

void Tenant::leave(std::shared_ptr<Worker> worker, std::shared_ptr<TenantGate> gate, Streams streams) {
    idle_timer_.cancel();
    const auto now = steady_clock::now();
    const auto patient_until = now + context_.timings.drain_grace;
    const auto limits = merge(context_.limits, spec_.config.limits);
    const auto live_on = streams == Streams::live_on ? limits.tunnel_drain : milliseconds{0};
    leaving_.push_back(worker);
    farewells_.push_back({worker, std::move(gate), patient_until, now + live_on});
    // Behind the new table, which is posted by now, if there is one. The worker may only be freed on this thread.
    boost::asio::post(context_.io, [weak = weak_from_this(), left = std::weak_ptr<Worker>{worker}] {
        const auto self = weak.lock();
        if (!self) return;
        self->context_.proxy->drop_idle(self->id(), [weak, left, &io = self->context_.io] {
            boost::asio::post(io, [weak, left] {
                if (const auto tenant = weak.lock()) tenant->has_left(left.lock().get());
            });
        });
    });
}

void Tenant::has_left(const Worker* worker) {
    for (auto& each : farewells_)
        if (each.worker.get() == worker) each.left = true;
    look_at_leaving();
}

void Tenant::look_at_leaving() {
    const auto now = steady_clock::now();
    bool requests = false;
    std::erase_if(farewells_, [&](const Farewell& each) {
        if (!each.left) return false;
        const auto streams = each.gate->streams.load();
        const bool streams_done = streams == 0 || now >= each.streams_until;
        const bool requests_done = each.gate->in_flight.load() <= streams || now >= each.patient_until;
        if (!requests_done) requests = true;
        if (!requests_done || !streams_done) return false;
        if (each.worker->place()) each.worker->terminate(context_.timings.term_grace);
        else each.worker->drain(context_.timings.drain_grace, context_.timings.term_grace);
        return true;
    });
    if (farewells_.empty()) return;
    leave_timer_.expires_after(requests ? k_look_often : k_look_seldom);
    leave_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        if (const auto self = weak.lock(); self && !error) self->look_at_leaving();
    });
}

void Tenant::end_leaving_streams() {
    const auto now = steady_clock::now();
    for (auto& each : farewells_) each.streams_until = std::min(each.streams_until, now);
    look_at_leaving();
}

}  // namespace mt::gateway
