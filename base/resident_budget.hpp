#pragma once
#include <cstdint>

namespace mt {

/// How much of the machine the processes of all tenants may take together; 0 is any.
struct ResidentBudget {
    std::uint32_t tenants_max = 0;  ///< with a process at a time
    std::uint64_t bytes_max = 0;    ///< of private resident memory
    bool operator==(const ResidentBudget&) const = default;
};

}  // namespace mt
