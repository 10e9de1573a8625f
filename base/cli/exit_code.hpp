#pragma once
#include "base/error.hpp"

namespace mt::cli {

/// The exit codes of both command lines (docs: the command line contract), aligned with LSB `status`.
enum ExitCode : int {
    k_done = 0,
    k_failed = 1,
    k_usage = 2,
    k_not_running = 3,  ///< the tenant; for `mtg status` the gateway
    k_no_such = 4,
    k_conflict = 5,
    k_invalid_config = 6,
    k_no_gateway = 7,
    k_timed_out = 8,
    k_partial = 9,
    k_interrupted = 130,
};

int exit_code(Errc code);

}  // namespace mt::cli
