#pragma once
#include <sys/types.h>

#include <nlohmann/json_fwd.hpp>

namespace mt::gateway {

/// Private resident memory in bytes: what the process adds to the machine. 0 if it is gone.
std::uint64_t private_memory(pid_t pid);

/// What /proc tells of a process: {"memory_bytes", "pss_bytes", "cpu_ms", "threads", "descriptors"}; null where it
/// does not.
nlohmann::json process_figures(pid_t pid);

}  // namespace mt::gateway
