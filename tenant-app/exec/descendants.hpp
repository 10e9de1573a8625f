#pragma once
#include <sys/types.h>

namespace mt::app {

/// Kills everything below this process, which must be a subreaper (PR_SET_CHILD_SUBREAPER), until nothing is left: those
/// whose parent dies become our children and are next. The process group of `program`, our first child, goes as one, before
/// any of it can fork again. Gives up after ten seconds, on processes that the kernel itself holds. The program's status
/// is put into `status` if it is reaped here.
void end_descendants(pid_t program, int& status);

}  // namespace mt::app
