#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace mt::mtm {

/// A run of the worker's program, `tenant-app <words>`.
struct PooledJob {
    std::string name;  ///< of the tenant
    std::vector<std::string> words;
};

/// How jobs are run side by side.
struct PoolOrder {
    std::string input;  ///< what each finds on its stdin
    std::size_t parallel = 2;
    std::chrono::milliseconds deadline{0};  ///< of each, from its own start; 0: none. TERM, and KILL 15 s later
};

enum class Stream { output, errors };

/// What becomes of the jobs, told as it happens, on the caller's thread.
struct PoolListener {
    /// False: the job is ended.
    std::function<bool(const PooledJob&, Stream, std::string_view)> said;
    /// Its exit code. Failed with timed_out, interrupted (`said` was false), failed (a signal, no start).
    std::function<void(const PooledJob&, Result<int>)> ended;
};

/// Runs all of them, in their order, and returns when the last has ended. None outlives this process.
void run_pool(const std::vector<PooledJob>& jobs, const PoolOrder& order, const PoolListener& listener);

}  // namespace mt::mtm
