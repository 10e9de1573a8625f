#include <boost/asio/post.hpp>

#include "gateway/supervisor/supervisor.hpp"

// A scrape goes round: here, to every proxy thread, back here. Nothing of it is on a request's path; each thread copies
// its own numbers when its turn comes.

namespace mt::gateway {

namespace asio = boost::asio;

void Supervisor::metrics(std::function<void(std::string)> done) {
    asio::post(io_, [this, done = std::move(done), alive = lifeline_.end()] {
        if (alive.expired() || !context_.proxy) return done({});
        gather_metrics([done](const std::vector<MetricFamily>& families) { done(metrics_text(families)); });
    });
}

void Supervisor::gather_traffic(std::function<void(TrafficReport)> done) {
    context_.proxy->collect([done = lifeline_.guard(std::move(done)), &io = io_](TrafficReport report) {
        asio::post(io, [done, report = std::move(report)]() mutable { done(report); });
    });
}

void Supervisor::gather_metrics(std::function<void(std::vector<MetricFamily>)> done) {
    gather_traffic([this, done = std::move(done)](const TrafficReport& report) { done(metric_families(report, figures(report))); });
}

void Supervisor::sample_traffic() {
    traffic_timer_.expires_after(TrafficWindow::k_every);
    traffic_timer_.async_wait(lifeline_.guard([this](boost::system::error_code error) {
        if (error) return;
        gather_traffic([this](const TrafficReport& report) { traffic_.keep(snapshot(report)); });
        sample_traffic();
    }));
}

TrafficSnapshot Supervisor::snapshot(const TrafficReport& report) const {
    TrafficSnapshot snapshot{std::chrono::steady_clock::now(), {}};
    for (const auto& [id, tenant] : tenants_)
        if (const auto requests = tenant->entry()->gate->requests.load()) snapshot.rows[id].requests = requests;
    for (const auto& row : report.tenants)
        if (const auto found = snapshot.rows.find(row.tenant); found != snapshot.rows.end()) found->second.latency = row.traffic.latency;
    return snapshot;
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
