#include "gateway/supervisor/event_log.hpp"

#include <nlohmann/json.hpp>

#include "base/units.hpp"

namespace mt::gateway {

using nlohmann::json;

void EventLog::add(json event) {
    event["time"] = format_time(std::chrono::system_clock::now());
    lines_.push_back(event.dump(-1, ' ', false, json::error_handler_t::replace));
    if (lines_.size() > k_kept) lines_.pop_front();
    for (const auto& feed : feeds_) feed->put(lines_.back());
}

json EventLog::recent() const {
    auto events = json::array();
    for (const auto& line : lines_) events.push_back(json::parse(line, nullptr, false));
    return events;
}

void EventLog::follow(std::shared_ptr<LineFeed> feed, std::size_t lines) {
    const auto first = lines_.size() - std::min(lines, lines_.size());
    for (std::size_t i = first; i < lines_.size(); ++i) feed->put(lines_[i]);
    feeds_.push_back(std::move(feed));
}

}  // namespace mt::gateway
