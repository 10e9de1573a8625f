#include <fstream>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include "base/control/document.hpp"
#include "base/units.hpp"
#include "gateway/supervisor/tenant.hpp"

namespace mt::gateway {

namespace {

/// Private resident memory: what the worker adds to the machine. statm, because smaps_rollup takes 50 times as long.
std::uint64_t memory_of(pid_t pid) {
    std::ifstream statm{"/proc/" + std::to_string(pid) + "/statm"};
    std::uint64_t size = 0, resident = 0, shared = 0;
    if (!(statm >> size >> resident >> shared) || shared > resident) return 0;
    return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

json Tenant::status() const {
    const auto* worker = current_ ? current_.get() : next_.get();
    const auto now = std::chrono::steady_clock::now();
    const auto ms = [](auto duration) { return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(); };
    json status{{"id", id().str()}, {"state", name(state_)}, {"reason", reason_}, {"since", format_time(since_)},
                {"pid", worker ? json(worker->serving_pid()) : json()},
                {"uptime_ms", worker ? json(ms(now - worker->started())) : json()},
                {"restarts", restarts_},
                {"memory_bytes", worker ? json(memory_of(worker->serving_pid())) : json()},
                {"revision", worker ? json(worker->revision()) : spec_.revision.empty() ? json() : json(spec_.revision)},
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
    if (next_try_) status["next_try_ms"] = std::max<std::int64_t>(0, ms(*next_try_ - now));
    return status;
}

}  // namespace mt::gateway
