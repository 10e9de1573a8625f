#pragma once
#include <deque>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/control/line_feed.hpp"

namespace mt::gateway {

/// What happened to tenants: the last events, and who listens to those that come. One thread.
class EventLog {
public:
    static constexpr std::size_t k_kept = 500;

    /// `event` gets the time.
    void add(nlohmann::json event);
    /// An array, oldest first.
    nlohmann::json recent() const;
    /// The last `lines` events and then every new one. Until forget().
    void follow(std::shared_ptr<LineFeed> feed, std::size_t lines);
    void forget(const std::shared_ptr<LineFeed>& feed) { std::erase(feeds_, feed); }

private:
    std::deque<std::string> lines_;
    std::vector<std::shared_ptr<LineFeed>> feeds_;
};

}  // namespace mt::gateway
