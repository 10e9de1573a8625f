#include "gateway/supervisor/metrics_page.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace mt::gateway {

namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;
using Sample = MetricFamily::Sample;

std::string number(double value) {
    char text[40];
    const bool whole = std::abs(value) < 9e15 && value == std::floor(value);
    const auto end = whole ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value)).ptr : std::to_chars(text, text + sizeof text, value).ptr;
    return {text, end};
}

double seconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1e6; }

/// Every row of the report with the label that names it; the gateway's own answers have an empty tenant.
template <class Each>
void for_each_row(const TrafficReport& report, Each each) {
    for (const auto& row : report.tenants) each(row.tenant, row.traffic);
    each(std::string{"(other)"}, report.other);
    each(std::string{}, report.tenantless);
}

void put_histogram(const std::string& tenant, const Traffic& traffic, MetricFamily& family) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < traffic.latency.size(); ++i) {
        sum += traffic.latency[i];
        const auto bound = i < k_latency_bounds.size() ? number(seconds(k_latency_bounds[i])) : "+Inf";
        family.samples.push_back({"_bucket", {{"tenant", tenant}, {"le", bound}}, static_cast<double>(sum)});
    }
    family.samples.push_back({"_sum", {{"tenant", tenant}}, seconds(traffic.latency_sum)});
    family.samples.push_back({"_count", {{"tenant", tenant}}, static_cast<double>(sum)});
}

}  // namespace

std::vector<MetricFamily> metric_families(const TrafficReport& report, const SupervisorFigures& figures) {
    std::vector<MetricFamily> all;
    const auto family = [&](const char* name, const char* type, const char* help) -> MetricFamily& {
        all.push_back({name, type, help, {}});
        return all.back();
    };
    const auto add = [](MetricFamily& to, Labels labels, auto value) { to.samples.push_back({"", std::move(labels), static_cast<double>(value)}); };

    add(family("mtg_build_info", "gauge", "The version of the gateway."), {{"version", figures.version}}, 1);
    add(family("mtg_start_time_seconds", "gauge", "When the gateway started, in seconds since 1970."), {}, figures.started_s);

    auto& requests = family("mtg_requests_total", "counter", "Answered requests by tenant and class of status.");
    for_each_row(report, [&](const std::string& tenant, const Traffic& traffic) {
        for (std::size_t i = 0; i < traffic.by_class.size(); ++i)
            add(requests, {{"tenant", tenant}, {"status", std::to_string(i + 1) + "xx"}}, traffic.by_class[i]);
    });
    auto& latency = family("mtg_request_duration_seconds", "histogram", "From the whole head of a request to the last byte of its answer.");
    for_each_row(report, [&](const std::string& tenant, const Traffic& traffic) { put_histogram(tenant, traffic, latency); });
    auto& in = family("mtg_request_bytes_total", "counter", "Bytes of request bodies.");
    for_each_row(report, [&](const std::string& tenant, const Traffic& traffic) { add(in, {{"tenant", tenant}}, traffic.bytes_in); });
    auto& out = family("mtg_response_bytes_total", "counter", "Bytes of answers' bodies.");
    for_each_row(report, [&](const std::string& tenant, const Traffic& traffic) { add(out, {{"tenant", tenant}}, traffic.bytes_out); });

    auto& in_flight = family("mtg_requests_in_flight", "gauge", "Requests and tunnels that a worker has now.");
    for (const auto& row : report.tenants) add(in_flight, {{"tenant", row.tenant}}, row.in_flight);
    auto& queued = family("mtg_requests_queued", "gauge", "Requests that wait for a worker or a place now.");
    for (const auto& row : report.tenants) add(queued, {{"tenant", row.tenant}}, row.held);

    auto& starts = family("mtg_worker_starts_total", "counter", "Worker processes started.");
    for (const auto& [tenant, workers] : figures.tenants) add(starts, {{"tenant", tenant}}, workers.starts);
    add(starts, {{"tenant", "(other)"}}, figures.other.starts);
    auto& restarts = family("mtg_worker_restarts_total", "counter", "Workers replaced after a crash or by the operator.");
    for (const auto& [tenant, workers] : figures.tenants) add(restarts, {{"tenant", tenant}}, workers.restarts);
    add(restarts, {{"tenant", "(other)"}}, figures.other.restarts);

    auto& tenants = family("mtg_tenants", "gauge", "Tenants by state.");
    for (const auto& [state, count] : figures.states) add(tenants, {{"state", state}}, count);
    add(family("mtg_connections", "gauge", "Open connections of clients."), {}, report.connections);
    add(family("mtg_connections_accepted_total", "counter", "Connections of clients since the start."), {}, report.accepted);
    add(family("mtg_access_log_lines_lost_total", "counter", "Lines that the access log's file did not take."), {}, report.log_lines_lost);
    return all;
}

std::string metrics_text(const std::vector<MetricFamily>& families) {
    std::string out;
    for (const auto& family : families) {
        out.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n");
        out.append("# TYPE ").append(family.name).append(" ").append(family.type).append("\n");
        for (const auto& sample : family.samples) {
            out.append(family.name).append(sample.suffix);
            for (std::size_t i = 0; i < sample.labels.size(); ++i)  // values are ids and words: nothing to escape
                out.append(i ? "," : "{").append(sample.labels[i].first).append("=\"").append(sample.labels[i].second).append("\"");
            out.append(sample.labels.empty() ? " " : "} ").append(number(sample.value)).append("\n");
        }
    }
    return out;
}

json metrics_json(const std::vector<MetricFamily>& families) {
    auto all = json::array();
    for (const auto& family : families) {
        auto samples = json::array();
        for (const auto& sample : family.samples) {
            auto labels = json::object();
            for (const auto& [name, value] : sample.labels) labels[name] = value;
            samples.push_back({{"name", family.name + sample.suffix}, {"labels", std::move(labels)}, {"value", sample.value}});
        }
        all.push_back({{"name", family.name}, {"type", family.type}, {"help", family.help}, {"samples", std::move(samples)}});
    }
    return all;
}

}  // namespace mt::gateway
