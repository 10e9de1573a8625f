#pragma once

namespace mt {

/// Cores that this process may run on (sched_getaffinity), which may be fewer than the machine has; at least 1.
unsigned usable_cores();

}  // namespace mt
