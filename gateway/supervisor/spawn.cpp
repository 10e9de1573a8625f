// fork() copies page tables, 22 ms with a 200 MiB parent. posix_spawn() does not, but can neither set PR_SET_PDEATHSIG nor close
// a range of descriptors. So this is what posix_spawn does, with both: the child borrows our memory on a stack of its own while
// we stand still (CLONE_VM | CLONE_VFORK) until it has called execve. In between it may only make system calls, and nothing
// it runs may be instrumented by a sanitizer.
#include "gateway/supervisor/spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

namespace mt::gateway {

namespace {

#define MT_NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

struct Child {
    const char* program;
    char* const* argv;
    char* const* envp;
    const int* descriptors;  // all above those they become, so that none is overwritten before it is copied
    unsigned descriptor_count;
    pid_t parent;
    int error;
};

MT_NO_SANITIZE int run_child(void* argument) {
    auto& child = *static_cast<Child*>(argument);
    const auto fail = [&child]() MT_NO_SANITIZE {
        child.error = errno;
        ::syscall(SYS_exit_group, 127);
        return 127;
    };
    // Signals are blocked by the caller. Handlers are ours alone: CLONE_SIGHAND is not given.
    struct kernel_sigaction {
        void (*handler)(int);
        unsigned long flags;
        void (*restorer)();
        unsigned long mask;
    } standard{};
    for (int number = 1; number <= 64; ++number)
        ::syscall(SYS_rt_sigaction, number, &standard, nullptr, sizeof standard.mask);

    ::syscall(SYS_setsid);
    ::syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::syscall(SYS_getppid) != child.parent) ::syscall(SYS_exit_group, 127);
    for (unsigned i = 0; i < child.descriptor_count; ++i)
        if (::syscall(SYS_dup3, child.descriptors[i], i, 0) < 0) return fail();
    if (::syscall(SYS_close_range, child.descriptor_count, ~0u, 0u) < 0) return fail();
    unsigned long none = 0;
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
    ::syscall(SYS_execve, child.program, child.argv, child.envp);
    return fail();
}

#ifdef __SANITIZE_THREAD__
/// glibc's other name for clone. tsan's stand-in for clone takes every child for a fork, and with shared memory stops looking at the
/// locks and counters of the parent: it then reports races where there are none.
extern "C" int __clone(int (*run)(void*), void* stack, int flags, void* argument, ...);
constexpr auto start_sharing_memory = &__clone;
#else
constexpr auto start_sharing_memory = &::clone;
#endif

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

}  // namespace

Result<Spawned> spawn(const SpawnRequest& request) {
    std::vector<Fd> high;
    std::vector<int> numbers;
    for (const int descriptor : request.descriptors) {
        high.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, 10));
        if (!high.back()) return errno_error("duplicate a descriptor for", request.program);
        numbers.push_back(high.back().get());
    }
    std::vector<std::string> texts{request.program};
    texts.insert(texts.end(), request.arguments.begin(), request.arguments.end());
    const auto argv = pointers(texts);
    const auto envp = pointers(request.environment);
    Child child{request.program.c_str(), argv.data(), envp.data(), numbers.data(),
                static_cast<unsigned>(numbers.size()), ::getpid(), 0};

    constexpr std::size_t k_stack_bytes = 64u << 10;
    const auto stack = std::make_unique<std::byte[]>(k_stack_bytes);
    auto top = reinterpret_cast<std::uintptr_t>(stack.get()) + k_stack_bytes;
    top -= top % 16;

    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    int pidfd = -1;
    const pid_t pid = start_sharing_memory(run_child, reinterpret_cast<void*>(top), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &child, &pidfd);
    const int clone_error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);

    if (pid < 0) {
        errno = clone_error;
        return errno_error("start", request.program);
    }
    Spawned spawned{pid, Fd{pidfd}};
    if (child.error) {
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
        errno = child.error;
        return errno_error("start", request.program);
    }
    return spawned;
}

}  // namespace mt::gateway
