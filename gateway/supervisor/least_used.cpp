#include "gateway/supervisor/least_used.hpp"

#include <algorithm>

namespace mt::gateway {

std::vector<std::size_t> least_used(const std::vector<Occupant>& occupants, Excess excess) {
    std::vector<std::size_t> idle;
    if (!excess) return idle;
    for (std::size_t i = 0; i < occupants.size(); ++i)
        if (occupants[i].idle_since) idle.push_back(i);
    std::stable_sort(idle.begin(), idle.end(), [&](std::size_t left, std::size_t right) {
        return *occupants[left].idle_since < *occupants[right].idle_since;
    });
    std::size_t chosen = 0;
    for (; chosen < idle.size() && excess; ++chosen) {
        excess.tenants -= std::min<std::size_t>(excess.tenants, 1);
        excess.bytes -= std::min(excess.bytes, occupants[idle[chosen]].bytes);
    }
    idle.resize(chosen);
    return idle;
}

}  // namespace mt::gateway
