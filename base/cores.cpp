#include "base/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace mt {

unsigned usable_cores() {
    cpu_set_t set;
    // Fails where the machine has more cores than the set has room for.
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1u, std::thread::hardware_concurrency());
    return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace mt
