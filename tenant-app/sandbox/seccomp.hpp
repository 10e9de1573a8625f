#pragma once
#include <linux/filter.h>

#include <vector>

#include "tenant-app/sandbox/finding.hpp"
#include "tenant-app/sandbox/plan.hpp"

namespace mt::app::sandbox {

/// The filter of a plan as a BPF program. `own_user`: no other process is of the same user. What is refused answers an
/// errno, so that a program can say what it lacked: EPERM, EAFNOSUPPORT for sockets, ENOSYS for clone3 (whose flags a
/// filter cannot see; libraries then use clone) and for calls that are newer than this list. A list of what is
/// refused, not of what is allowed: the programs of tenants are not ours.
std::vector<sock_filter> filter_of(const Plan& plan, bool own_user);

/// Installs it for the thread and what it starts. no_new_privs is set.
Finding filter_calls(const Plan& plan, bool own_user);

}  // namespace mt::app::sandbox
