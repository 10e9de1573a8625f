#include <boost/asio/post.hpp>

#include "gateway/supervisor/supervisor.hpp"

// A scrape goes round: here, to every proxy thread, back here. Nothing of it is on a request's path; each thread copies
// its own numbers when its turn comes.

namespace mt::gateway {

namespace asio = boost::asio;

void Supervisor::metrics(std::function<void(std::string)> done) {
    asio::post(io_, [this, done = std::move(done), alive = std::weak_ptr<const bool>(alive_)] {
        if (alive.expired() || !context_.proxy) return done({});
        gather_metrics([done](const std::vector<MetricFamily>& families) { done(metrics_text(families)); });
    });
}

void Supervisor::gather_metrics(std::function<void(std::vector<MetricFamily>)> done) {
    context_.proxy->collect([this, done = std::move(done), alive = std::weak_ptr<const bool>(alive_), &io = io_](TrafficReport report) {
        asio::post(io, [this, done, alive, report = std::move(report)] {
            if (!alive.expired()) done(metric_families(report, figures(report)));
        });
    });
}

SupervisorFigures Supervisor::figures(const TrafficReport& report) const {
    SupervisorFigures figures;
    figures.version = MT_VERSION;
    figures.started_s = static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(started_.time_since_epoch()).count()) / 1e3;
    for (const auto& row : report.tenants) figures.tenants[row.tenant];
    figures.other = removed_workers_;
    for (const auto& [id, tenant] : tenants_) {
        ++figures.states[std::string{name(tenant->state())}];
        const auto named = figures.tenants.find(id);
        auto& workers = named == figures.tenants.end() ? figures.other : named->second;
        workers.starts += tenant->starts();
        workers.restarts += tenant->restarts();
    }
    return figures;
}

}  // namespace mt::gateway
