#pragma once
#include <sys/types.h>

#include <functional>
#include <string>

#include "base/files.hpp"
#include "tenant-app/exec/readiness.hpp"

namespace mt::app {

/// The process between the gateway and a program that knows nothing of it. It speaks the worker's lines on the control
/// channel (docs/ARCHITECTURE.md), finds out when the program is ready, and sees to it that whatever the program has started
/// ends with it: as their subreaper it becomes the parent of those whose own has gone, wherever they have put themselves.
/// It stays outside the program's rights, limits and process group, so that the program cannot end it.
struct Keeping {
    int control = -1;        ///< borrowed
    Readiness& readiness;
    /// Run in the child, with all signals as a program expects them; returns only what was in the way.
    std::function<Error()> become_program;
    std::string name;        ///< of the program, for messages
};

/// Starts the program, and returns when it and all that it has started are gone: its status as of waitpid(2).
/// Why it did not start or get ready is told on the channel.
int keep_program(const Keeping& what);

/// Ends this process as one that ended with `status` did.
[[noreturn]] void end_like(int status);

}  // namespace mt::app
