#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json_file.hpp"
#include "gateway/proxy/traffic.hpp"

namespace mt::gateway {

/// One metric with its samples, as Prometheus' text format 0.0.4 groups them.
struct MetricFamily {
    struct Sample {
        std::string suffix;  ///< "_bucket", "_sum", "_count" of a histogram, else empty
        std::vector<std::pair<std::string, std::string>> labels;
        double value = 0;
    };
    std::string name, type, help;
    std::vector<Sample> samples;
};

/// What the supervisor knows beside the proxy's report.
struct SupervisorFigures {
    struct Workers {
        std::uint64_t starts = 0, restarts = 0;
    };
    std::map<std::string, Workers> tenants;  ///< those that the report names
    Workers other;
    std::map<std::string, std::size_t> states;  ///< tenants by state
    std::string version;
    double started_s = 0;  ///< of the gateway, seconds since 1970
};

/// All metrics. Only names of tenants that are known and within the bound of the report appear, never anything that a
/// client sent.
std::vector<MetricFamily> metric_families(const TrafficReport& report, const SupervisorFigures& figures);

std::string metrics_text(const std::vector<MetricFamily>& families);
/// [{"name","type","help","samples":[{"name","labels","value"}]}]
json metrics_json(const std::vector<MetricFamily>& families);

}  // namespace mt::gateway
