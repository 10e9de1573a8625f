#include "gateway/proxy/tap.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/units.hpp"

namespace mt::gateway {

namespace {

/// To a thousandth, so that no digits follow which nobody measured.
double in_ms(std::chrono::microseconds time) { return std::round(static_cast<double>(time.count())) / 1000.0; }

}  // namespace

bool Tap::wants(const AccessLine& line) const {
    if (line.tenant != tenant || line.total < slow) return false;
    if (statuses.empty()) return true;
    return std::any_of(statuses.begin(), statuses.end(),
                       [&](const auto& range) { return range.first <= line.status && line.status <= range.second; });
}

Result<std::vector<std::pair<unsigned, unsigned>>> parse_statuses(const std::string& text) {
    std::vector<std::pair<unsigned, unsigned>> ranges;
    for (std::size_t at = 0; at <= text.size();) {
        const auto comma = std::min(text.find(',', at), text.size());
        const auto part = text.substr(at, comma - at);
        at = comma + 1;
        const bool of_class = part.size() == 3 && part.ends_with("xx");
        unsigned number = 0;
        const auto* const last = part.data() + (of_class ? 1 : part.size());
        const auto [end, error] = std::from_chars(part.data(), last, number);
        if (of_class) number *= 100;
        if (error != std::errc{} || end != last || number < 100 || number > 599)
            return Error{Errc::usage, "'" + part.substr(0, 20) +
                         "' is no status such as 404 or 5xx"}.hint("--status 4xx,503");
        ranges.emplace_back(number, number + (of_class ? 99 : 0));
    }
    return ranges;
}

std::string tap_line(const AccessNote& note, const AccessLine& line, std::chrono::microseconds cold,
                     std::chrono::system_clock::time_point now) {
    const nlohmann::ordered_json object{
        {"time", format_time(now)}, {"id", line.tenant}, {"method", note.method}, {"path", note.target},
            {"status", line.status},
        {"bytes_in", line.bytes_in}, {"bytes_out", line.bytes_out}, {"total_ms", in_ms(line.total)},
        {"queue_ms", in_ms(std::max(line.queue - cold, std::chrono::microseconds{0}))}, {"cold_start_ms", in_ms(cold)},
        {"worker_ms", in_ms(line.worker)}, {"peer", line.peer}, {"request_id", line.request_id}};
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace mt::gateway
