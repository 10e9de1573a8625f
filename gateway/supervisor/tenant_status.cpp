#include <nlohmann/json.hpp>

#include "base/control/document.hpp"
#include "base/signal_name.hpp"
#include "base/units.hpp"
#include "gateway/supervisor/process_figures.hpp"
#include "gateway/supervisor/tenant.hpp"

namespace mt::gateway {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

std::int64_t ms(steady_clock::duration duration) { return std::chrono::duration_cast<milliseconds>(duration).count(); }

/// [{"limit", "count", "last"}], those that refused something.
json limits_hit(const LimitHits& hits) {
    auto list = json::array();
    const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now().time_since_epoch()).count();
    for (std::size_t i = 1; i < k_limits_counted; ++i) {
        const auto limit = static_cast<LimitHit>(i);
        if (hits.hits(limit) == 0) continue;
        const std::chrono::seconds ago{std::max<std::int64_t>(0, now_s - hits.last_s(limit))};
        list.push_back({{"limit", name(limit)}, {"count", hits.hits(limit)},
                        {"last", format_time(system_clock::now() - ago)}});
    }
    return list;
}

}  // namespace

json Tenant::status() const {
    const auto* worker = current_ ? current_.get() : next_.get();
    const auto now = steady_clock::now();
    json status{{"id", id().str()}, {"state", name(state_)}, {"reason", reason_}, {"since", format_time(since_)},
                {"pid", worker ? json(worker->serving_pid()) : json()},
                {"uptime_ms", worker ? json(ms(now - worker->started())) : json()},
                {"restarts", restarts_},
                {"memory_bytes", worker ? json(private_memory(worker->serving_pid())) : json()},
                {"revision", worker ? json(worker->revision()) : spec_.revision.empty() ? json()
                 : json(spec_.revision)},
                {"requests", gate_->requests.load()}, {"server_errors", gate_->server_errors.load()},
                {"in_flight", gate_->in_flight.load()}, {"error", error_ ? error_object(*error_) : json()}};
    if (worker && !worker->isolation().empty())
        status["isolation"] = json::parse(worker->isolation(), nullptr, false, true);
    if (spec_.config.upstream) status["upstream"] = spec_.config.upstream->str();
    if (spec_.config.is_command()) {
        status["command"] = spec_.config.command.words;
        status["listen"] = spec_.config.command.listen;
    }
    if (!spec_.config.hosts.empty()) status["hosts"] = spec_.config.hosts;
    if (spec_.config.until && wanted() == "suspended") status["until"] = format_time(*spec_.config.until);
    if (log_from_ > 0) status["log_from"] = log_from_;
    if (next_try_) status["next_try_ms"] = std::max<std::int64_t>(0, ms(*next_try_ - now));
    if (last_exit_) {
        const auto& last = *last_exit_;
        status["last_exit"] = {{"at", format_time(last.at)}, {"pid", last.pid},
                               {"code", last.signal ? json() : json(last.code)},
                               {"signal", last.signal ? json(signal_name(last.signal)) : json()},
                               {"ran_ms", last.ran.count()}, {"asked_for", last.asked_for}};
    }
    if (auto hits = limits_hit(gate_->limit_hits); !hits.empty()) status["limits_hit"] = std::move(hits);
    return status;
}

std::uint64_t Tenant::serving_memory_bytes() const {
    const auto* worker = current_ ? current_.get() : next_.get();
    return worker ? private_memory(worker->serving_pid()) : 0;
}

json Tenant::processes() const {
    auto all = json::array();
    const auto add = [&](const char* role, const std::shared_ptr<Worker>& worker) {
        if (!worker) return;
        const auto pid = worker->serving_pid();
        json row{{"role", role}, {"pid", pid}, {"uptime_ms", ms(steady_clock::now() - worker->started())},
                 {"revision", worker->revision()}};
        if (pid != worker->pid()) row["keeper_pid"] = worker->pid();
        row.update(process_figures(pid));
        all.push_back(std::move(row));
    };
    add("serving", current_);
    add("starting", next_);
    for (const auto& worker : leaving_) add("draining", worker);
    return all;
}

void Tenant::remember_exit(const Worker& worker) {
    const bool asked_for = &worker != current_.get() && &worker != next_.get();
    last_exit_ = {worker.pid(), worker.exit_status(), worker.signal(),
                  std::chrono::duration_cast<milliseconds>(steady_clock::now() - worker.started()),
                      system_clock::now(), asked_for};
    if (!context_.tell) return;
    const auto& last = *last_exit_;
    context_.tell({{"id", id().str()}, {"event", "exit"}, {"pid", last.pid},
                   {"code", last.signal ? json() : json(last.code)},
                   {"signal", last.signal ? json(signal_name(last.signal)) : json()}, {"ran_ms", last.ran.count()},
                       {"asked_for", asked_for}});
}

void Tenant::tell_state(TenantState before) const {
    if (!context_.tell || !context_.proxy) return;
    json event{{"id", id().str()}, {"event", "state"}, {"state", name(state_)}, {"before", name(before)},
               {"reason", reason_}};
    if (error_ && (state_ == TenantState::failed || state_ == TenantState::degraded || state_ == TenantState::backoff))
        event["error"] = error_object(*error_);
    context_.tell(std::move(event));
}

}  // namespace mt::gateway
