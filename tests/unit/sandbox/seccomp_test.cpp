#include "tenant-app/sandbox/seccomp.hpp"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

using namespace mt::app::sandbox;

namespace {

/// What the kernel would do with it: the instructions that the filter uses, no others.
std::uint32_t verdict(const std::vector<sock_filter>& program, const seccomp_data& call) {
    std::uint32_t accumulator = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const auto& [code, on_true, on_false, value] = program[at];
        switch (code) {
            case BPF_LD | BPF_W | BPF_ABS:
                std::memcpy(&accumulator, reinterpret_cast<const char*>(&call) + value, sizeof accumulator);
                break;
            case BPF_JMP | BPF_JEQ | BPF_K: at += accumulator == value ? on_true : on_false; break;
            case BPF_JMP | BPF_JGT | BPF_K: at += accumulator > value ? on_true : on_false; break;
            case BPF_JMP | BPF_JSET | BPF_K: at += accumulator & value ? on_true : on_false; break;
            case BPF_RET | BPF_K: return value;
            default: FAIL("an instruction that is not expected: " << code);
        }
    }
    FAIL("the program ends without an answer");
    return 0;
}

#ifdef __x86_64__
constexpr std::uint32_t k_here = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t k_here = AUDIT_ARCH_AARCH64;
#endif

std::uint32_t on(const Plan& plan, long number, std::uint64_t first = 0, std::uint64_t second = 0) {
    seccomp_data call{};
    call.nr = static_cast<int>(number);
    call.arch = k_here;
    call.args[0] = first;
    call.args[1] = second;
    return verdict(filter_of(plan, true), call);
}

constexpr std::uint32_t k_allow = SECCOMP_RET_ALLOW, k_eperm = SECCOMP_RET_ERRNO | EPERM, k_enosys = SECCOMP_RET_ERRNO | ENOSYS,
                        k_no_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;

Plan worker() { return plan_for_worker({}, "/t/foo", {}, "/bin"); }
Plan worker_with_mail() { return plan_for_worker({}, "/t/foo", {{}, 25}, "/bin"); }
Plan program() { return plan_for_program({}, "/t/foo"); }

}  // namespace

TEST_CASE("filter_of: what nobody may do") {
    for (const auto& plan : {worker(), worker_with_mail(), program()})
        for (const long number : {SYS_ptrace, SYS_mount, SYS_keyctl, SYS_bpf, SYS_io_uring_setup, SYS_unshare, SYS_process_vm_readv}) {
            CAPTURE(number);
            CHECK(on(plan, number) == k_eperm);
        }
}

TEST_CASE("filter_of: what everybody does") {
    for (const auto& plan : {worker(), worker_with_mail(), program()})
        for (const long number : {SYS_read, SYS_write, SYS_openat, SYS_mmap, SYS_futex, SYS_accept4, SYS_sendmsg, SYS_fcntl, SYS_exit_group}) {
            CAPTURE(number);
            CHECK(on(plan, number) == k_allow);
        }
}

TEST_CASE("filter_of: a worker starts threads and no process, a program both, and neither a namespace") {
    CHECK(on(worker(), SYS_clone, CLONE_THREAD | CLONE_VM) == k_allow);
    CHECK(on(worker(), SYS_clone, SIGCHLD) == k_eperm);
    CHECK(on(worker(), SYS_execve) == k_eperm);
    CHECK(on(worker_with_mail(), SYS_clone, CLONE_VM | CLONE_VFORK) == k_allow);
    CHECK(on(worker_with_mail(), SYS_execve) == k_allow);
    CHECK(on(program(), SYS_clone, SIGCHLD) == k_allow);
    CHECK(on(program(), SYS_clone, CLONE_NEWUSER) == k_eperm);
    CHECK(on(program(), SYS_clone3) == k_enosys);
}

TEST_CASE("filter_of: sockets of the families that are needed") {
    CHECK(on(worker(), SYS_socket, AF_UNIX) == k_no_family);
    CHECK(on(worker(), SYS_socket, AF_INET) == k_no_family);
    CHECK(on(worker_with_mail(), SYS_socket, AF_INET6) == k_allow);
    CHECK(on(worker_with_mail(), SYS_socket, AF_UNIX) == k_no_family);
    CHECK(on(program(), SYS_socket, AF_UNIX) == k_allow);
    CHECK(on(program(), SYS_socket, AF_NETLINK) == k_no_family);
}

TEST_CASE("filter_of: signals and limits of others") {
    const auto self = static_cast<std::uint64_t>(::getpid());
    CHECK(on(worker(), SYS_kill, self) == k_eperm);
    CHECK(on(worker(), SYS_tgkill, self) == k_allow);
    CHECK(on(worker(), SYS_tgkill, self + 1) == k_eperm);
    CHECK(on(worker(), SYS_prlimit64, 0) == k_allow);
    CHECK(on(worker(), SYS_prlimit64, 1) == k_eperm);
    CHECK(on(program(), SYS_kill, self) == k_allow);
    CHECK(on(program(), SYS_prlimit64, 1) == k_eperm);
    CHECK(on(program(), SYS_setpriority) == k_allow);
    CHECK(on(worker(), SYS_setpriority) == k_eperm);
    seccomp_data priority{};
    priority.nr = SYS_setpriority;
    priority.arch = k_here;
    CHECK(verdict(filter_of(program(), false), priority) == k_eperm);
    CHECK(on(program(), SYS_ioctl, 0, 0x5412) == k_eperm);
    CHECK(on(program(), SYS_ioctl, 0, 0x5401) == k_allow);
}

TEST_CASE("filter_of: calls of another architecture end the process, unknown ones are not there") {
    seccomp_data call{};
    call.arch = AUDIT_ARCH_I386;
    CHECK(verdict(filter_of(program(), true), call) == SECCOMP_RET_KILL_PROCESS);
    CHECK(on(program(), 460) == k_enosys);
    CHECK(on(program(), 0x40000000) == k_enosys);
    CHECK(filter_of(worker(), true).size() < 300);
}
