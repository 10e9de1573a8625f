#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace mt::gateway {

/// A tenant with a process, as the choice of whom to stop sees it.
struct Occupant {
    std::optional<std::chrono::steady_clock::time_point> idle_since;  ///< none: in use, or not to be stopped
    std::uint64_t bytes = 0;
};

/// What there is too much of.
struct Excess {
    std::size_t tenants = 0;
    std::uint64_t bytes = 0;
    explicit operator bool() const { return tenants > 0 || bytes > 0; }
};

/// Whom to stop, as indices: those idle longest, first of all the longest, and no more of them than make up for both
/// kinds of excess. Fewer if there are not enough idle ones.
std::vector<std::size_t> least_used(const std::vector<Occupant>& occupants, Excess excess);

}  // namespace mt::gateway
