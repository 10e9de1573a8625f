#include "tenant-app/harden.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace mt::app {

void harden(bool gateway_child) {
    if (gateway_child) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // The gateway may have gone before the line above: then nobody is left to die with.
        if (const char* gateway = std::getenv("MTG_GATEWAY_PID"); gateway && std::to_string(::getppid()) != gateway) ::_exit(1);
    }
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::umask(077);
    std::signal(SIGPIPE, SIG_IGN);
    // The writer thread of a database would get an arena of its own, 64 MiB of address space and some real memory.
    ::mallopt(M_ARENA_MAX, 1);
}

void trim_memory() { ::malloc_trim(0); }

}  // namespace mt::app
