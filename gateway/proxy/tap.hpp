#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/proxy/access_log.hpp"

namespace mt::gateway {

/// Somebody listens to one tenant's requests as they finish. Immutable: every proxy thread holds it.
struct Tap {
    std::string tenant;
    std::chrono::milliseconds slow{0};                    ///< only what took at least that long
    std::vector<std::pair<unsigned, unsigned>> statuses;  ///< only these, from and to; empty: all
    std::function<void(const std::string& line)> put;     ///< called on proxy threads; never waits

    bool wants(const AccessLine& line) const;
};

/// "5xx", "404", "4xx,5xx". Fails with usage.
Result<std::vector<std::pair<unsigned, unsigned>>> parse_statuses(const std::string& text);

/// One JSON object without line end. `cold` is how much of the queue was waiting for a process to start.
std::string tap_line(const AccessNote& note, const AccessLine& line, std::chrono::microseconds cold,
                     std::chrono::system_clock::time_point now);

}  // namespace mt::gateway
