#include "gateway/predecessors.hpp"

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mt::gateway {

Predecessors::Predecessors(boost::asio::io_context& io, std::function<void(pid_t)> changed, std::function<void()> lost)
    : io_(io), changed_(std::move(changed)), lost_(std::move(lost)) {}

void Predecessors::add(std::vector<Predecessor> inherited) {
    for (auto& each : inherited) links_.emplace_back(io_, std::move(each));
}

void Predecessors::watch_last() {
    if (!links_.empty()) watch(std::prev(links_.end()));
}

void Predecessors::watch_all(pid_t served_by) {
    served_ = true;
    tell("main", std::to_string(served_by));
    for (auto place = links_.begin(); place != links_.end(); ++place) watch(place);
    const auto is_busy = [](const Link& each) { return !each.what.done; };
    auto busy = static_cast<std::size_t>(std::count_if(links_.begin(), links_.end(), is_busy));
    for (auto& each : links_)
        if (is_busy(each) && busy-- > k_busy_max) each.link.say("stop");
}

void Predecessors::pause() {
    for (auto& each : links_) each.link.pause();
}

void Predecessors::watch(Place place) {
    place->link.listen(
        [this, place](HandoverRecord record) {
            if (record.word == "in-hand") place->what.in_hand = record.text;
            if (record.word != "done") return;
            place->what.done = true;
            changed_(place->what.pid);
        },
        [this, place] {
            const bool fatal = !served_ || place->what.anchored;
            const auto pid = place->what.pid;
            links_.erase(place);
            if (fatal) lost_();
            else changed_(pid);
        });
}

bool Predecessors::all_done() const {
    return std::all_of(links_.begin(), links_.end(), [](const auto& each) { return each.what.done; });
}

void Predecessors::tell(const std::string& word, const std::string& text) {
    for (auto& each : links_) each.link.say(word, text);
}

void Predecessors::refuse(const Error& why) {
    if (!links_.empty()) refuse_handover(links_.back().link.descriptor(), why);
}

void Predecessors::serving() {
    if (!links_.empty()) links_.back().link.say("serving");
}

nlohmann::json Predecessors::describe() const {
    auto all = nlohmann::json::array();
    for (const auto& each : links_) {
        nlohmann::json row{{"pid", each.what.pid}, {"state", each.what.done ? "standing_in" : "draining"}};
        const auto in_hand = nlohmann::json::parse(each.what.in_hand, nullptr, false);
        if (!each.what.done && in_hand.is_object()) row.update(in_hand);
        all.push_back(std::move(row));
    }
    return all;
}

std::vector<Predecessor> Predecessors::listed() {
    std::vector<Predecessor> list;
    for (auto& each : links_) {
        Predecessor copy;
        copy.link = Fd{::fcntl(each.link.descriptor(), F_DUPFD_CLOEXEC, 3)};
        copy.pid = each.what.pid;
        copy.number = each.what.number;
        copy.anchored = each.what.anchored;
        copy.done = each.what.done;
        list.push_back(std::move(copy));
    }
    return list;
}

}  // namespace mt::gateway
