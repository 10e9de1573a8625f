#include "tenant-app/sandbox/finding.hpp"

#include <nlohmann/json.hpp>

namespace mt::app::sandbox {

namespace {

const char* name(State state) {
    switch (state) {
        case State::granted: return "granted";
        case State::degraded: return "degraded";
        case State::off: return "off";
    }
    return "off";
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings) {
    using nlohmann::json;
    auto out = json::array();
    for (const auto& [mechanism, state, detail] : findings)
        out.push_back({{"mechanism", mechanism}, {"state", name(state)}, {"detail", detail}});
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace mt::app::sandbox
