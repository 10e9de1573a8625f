#pragma once
#include <functional>
#include <list>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "gateway/inheritance.hpp"

namespace mt::gateway {

/// The gateways before this one that are still there. Lives on the event loop's thread.
class Predecessors {
public:
    /// `changed`: one is done or gone, which one. `lost`: one has ended with which this process ends, too.
    Predecessors(boost::asio::io_context& io, std::function<void(pid_t)> changed, std::function<void()> lost);

    void add(std::vector<Predecessor> inherited);
    /// Until this process serves, the one that hands over is all that counts: its end is ours.
    void watch_last();
    /// This process serves: it tells them so, and more than `k_busy_max` are too many.
    void watch_all(pid_t served_by);
    /// Another one may take over, and what they say from now on may be for that one. watch_all() goes on.
    void pause();
    /// They are its business.
    void hand_on() { links_.clear(); }

    bool all_done() const;
    std::size_t size() const { return links_.size(); }
    void tell(const std::string& word, const std::string& text = {});
    void refuse(const Error& why);
    void serving();
    /// To be handed on. The links stay ours; `number` and `anchored` of this process are the caller's to add.
    std::vector<Predecessor> listed();
    /// For people: an array of {"pid", "state": "draining" or "standing_in"} and, of one that drains, what it said that it
    /// has in hand.
    nlohmann::json describe() const;

private:
    /// More memory than that is not spent on old processes: the oldest one's streams end.
    static constexpr std::size_t k_busy_max = 3;
    struct Link {
        Link(boost::asio::io_context& io, Predecessor each) : what(std::move(each)), link(io, std::move(what.link)) {}
        Predecessor what;  ///< but for its link
        HandoverLink link;
    };
    using Place = std::list<Link>::iterator;
    void watch(Place place);

    boost::asio::io_context& io_;
    std::function<void(pid_t)> changed_;
    std::function<void()> lost_;
    std::list<Link> links_;  // oldest first
    bool served_ = false;
};

}  // namespace mt::gateway
