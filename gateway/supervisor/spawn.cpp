// fork() copies page tables, 22 ms with a 200 MiB parent. posix_spawn() does not, but can neither set PR_SET_PDEATHSIG nor close
// a range of descriptors. So this is what posix_spawn does, with both: the child borrows our memory on a stack of its own while
// we stand still (CLONE_VM | CLONE_VFORK) until it has called execve. In between it may only make system calls, and nothing
// it runs may be instrumented by a sanitizer.
//
// Nor does it ever hold our connections. A copy of the descriptor table would: it takes time for each, a connection that another thread
// closes meanwhile stays open, and epoll goes on telling of it, to an object that is gone. So the table is shared (CLONE_FILES), what
// the child gets lies at low numbers (LowNumbers), and one call leaves it with a table of its own that ends there.
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
#include <mutex>
#include <vector>

namespace mt::gateway {

namespace {

#define MT_NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

struct Child {
    const char* program;
    char* const* argv;
    char* const* envp;
    const int* descriptors;  // all above those they become, so that none is overwritten before it is copied
    unsigned descriptor_count;
    unsigned table_end;  // the first number that is none of its business
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
    // First: until then whatever it did to a descriptor it would do to ours.
    if (::syscall(SYS_close_range, child.table_end, ~0u, CLOSE_RANGE_UNSHARE) < 0) return fail();
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

/// The lowest free descriptor numbers, kept from the first spawn on: no connection of ours gets one. The last k_slots of them carry what
/// a child gets. They end where a word of the kernel's bit map of descriptors does: it copies tables by whole words.
class LowNumbers {
public:
    static constexpr std::size_t k_slots = 8;

    LowNumbers() {
        if (!null_) return;
        while (held_.empty() || end() % 64 != 0) {
            held_.emplace_back(::fcntl(null_.get(), F_DUPFD_CLOEXEC, 3));
            if (!held_.back()) {
                held_.clear();  // whoever spawns hears of it
                return;
            }
        }
    }

    /// Above those that they become, too.
    bool ok() const { return held_.size() >= k_slots && slot(0) >= static_cast<int>(k_slots); }
    int slot(std::size_t i) const { return held_[held_.size() - k_slots + i].get(); }
    unsigned end() const { return static_cast<unsigned>(held_.back().get()) + 1; }
    bool put(std::size_t i, int descriptor) const { return ::dup3(descriptor, slot(i), O_CLOEXEC) >= 0; }
    void clear(std::size_t i) const { put(i, null_.get()); }

private:
    const Fd null_{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    std::vector<Fd> held_;
};

const LowNumbers& low_numbers() {
    static const LowNumbers numbers;
    return numbers;
}

/// Puts a child's descriptors where it takes them from, for as long as it is being started. One child at a time: another's would be
/// given to it instead.
class Placed {
public:
    Placed(const LowNumbers& low, const std::vector<int>& descriptors) : alone_(starting()), low_(low) {
        for (const int descriptor : descriptors) {
            if (numbers_.size() == LowNumbers::k_slots || !low.put(numbers_.size(), descriptor)) return;
            numbers_.push_back(low.slot(numbers_.size()));
        }
    }
    ~Placed() {
        for (std::size_t i = 0; i < numbers_.size(); ++i) low_.clear(i);
    }
    Placed(const Placed&) = delete;
    Placed& operator=(const Placed&) = delete;

    const std::vector<int>& numbers() const { return numbers_; }

private:
    static std::mutex& starting() {
        static std::mutex mutex;
        return mutex;
    }

    const std::lock_guard<std::mutex> alone_;
    const LowNumbers& low_;
    std::vector<int> numbers_;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (const auto& text : texts) list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

}  // namespace

void prepare_to_spawn() { low_numbers(); }

Result<Spawned> spawn(const SpawnRequest& request) {
    const auto& low = low_numbers();
    const Placed placed{low, request.descriptors};
    if (!low.ok() || placed.numbers().size() < request.descriptors.size())
        return errno_error("duplicate a descriptor for", request.program);
    std::vector<std::string> texts{request.program};
    texts.insert(texts.end(), request.arguments.begin(), request.arguments.end());
    const auto argv = pointers(texts);
    const auto envp = pointers(request.environment);
    Child child{request.program.c_str(), argv.data(), envp.data(), placed.numbers().data(),
                static_cast<unsigned>(placed.numbers().size()), low.end(), ::getpid(), 0};

    constexpr std::size_t k_stack_bytes = 64u << 10;
    const auto stack = std::make_unique<std::byte[]>(k_stack_bytes);
    auto top = reinterpret_cast<std::uintptr_t>(stack.get()) + k_stack_bytes;
    top -= top % 16;

    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    int pidfd = -1;
    const pid_t pid = start_sharing_memory(run_child, reinterpret_cast<void*>(top), CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD, &child, &pidfd);
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
