#pragma once
#include <sys/types.h>

#include "gateway/handover_link.hpp"

namespace mt::gateway {

/// What is left of a gateway for which a terminal or a service manager waits, when others serve: signals are passed on
/// to the process that does, and its exit code becomes ours. Returns when it has ended; if it just dies, with 1. `link`
/// goes to it, `main` is its pid now. The caller has INT, TERM and HUP blocked, so that none of them gets lost in
/// between; they are not afterwards.
int stand_in(Fd link, pid_t main);

/// Blocks those three, or no longer.
void block_signals(bool on);

}  // namespace mt::gateway
