// Calls that a filter lets pass by their number alone are remembered by the kernel (since 5.11) and cost nothing more:
// so only the few whose arguments matter are looked into.
#include "tenant-app/sandbox/seccomp.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <map>

#include "tenant-app/sandbox/system_calls.hpp"

namespace mt::app::sandbox {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t k_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t k_architecture = AUDIT_ARCH_AARCH64;
#else
#error "tell the filter this machine's AUDIT_ARCH"
#endif

// On x86-64 the numbers of x32, another way to make the same calls, begin above it, too.
constexpr std::uint32_t k_newest_call = 450;  // set_mempolicy_home_node, Linux 5.17
constexpr std::uint32_t k_tiocsti = 0x5412, k_tioclinux = 0x541c;  // put words into a terminal's mouth
constexpr std::uint32_t k_namespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint32_t k_allow = SECCOMP_RET_ALLOW;

constexpr std::uint32_t refuse(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }

using Instructions = std::vector<sock_filter>;
using Values = std::vector<std::uint32_t>;

sock_filter step(unsigned code, std::uint32_t value, std::size_t on_true = 0, std::size_t on_false = 0) {
    const auto byte = [](std::size_t steps) { return static_cast<std::uint8_t>(steps); };
    return {static_cast<std::uint16_t>(code), byte(on_true), byte(on_false), value};
}
sock_filter step(unsigned code, long number, std::size_t on_true, std::size_t on_false) {
    return step(code, static_cast<std::uint32_t>(number), on_true, on_false);
}
sock_filter load(std::size_t offset) { return step(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
sock_filter answer(std::uint32_t result) { return step(BPF_RET | BPF_K, result); }
/// Little-endian: the lower half of an argument.
sock_filter load_argument(unsigned index) { return load(offsetof(seccomp_data, args) + 8 * index); }

/// Collects what to answer to which call, and writes the program. Calls are sorted and skipped in groups: when a
/// filter is installed the kernel runs it once for every number there is, and a single list would make that a quarter
/// of a millisecond.
class Writer {
public:
    void on_call(long number, std::uint32_t result) { rules_[number] = {answer(result)}; }
    /// If argument `index` is one of `values`, then `then`, else `otherwise`. Compares the lower 32 bits, all that int
    /// has.
    void on_argument(long number, unsigned index, const Values& values, std::uint32_t then, std::uint32_t otherwise) {
        auto& rule = rules_[number] = {load_argument(index)};
        for (const auto value : values) {
            rule.push_back(step(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
            rule.push_back(answer(then));
        }
        rule.push_back(answer(otherwise));
    }
    /// If argument `index` has one of `bits`, then `then`, else `otherwise`.
    void on_bits(long number, unsigned index, std::uint32_t bits, std::uint32_t then, std::uint32_t otherwise) {
        rules_[number] = {load_argument(index), step(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1), answer(then),
                          answer(otherwise)};
    }

    Instructions finish() const {
        Instructions out{load(offsetof(seccomp_data, arch)), step(BPF_JMP | BPF_JEQ | BPF_K, k_architecture, 1, 0),
                         answer(SECCOMP_RET_KILL_PROCESS), load(offsetof(seccomp_data, nr)),
                         step(BPF_JMP | BPF_JGT | BPF_K, k_newest_call, 0, 1), answer(refuse(ENOSYS))};
        for (auto at = rules_.begin(); at != rules_.end();) {
            Instructions group;
            auto last = at->first;
            for (int i = 0; i < k_group && at != rules_.end(); ++i, ++at) {
                last = at->first;
                group.push_back(step(BPF_JMP | BPF_JEQ | BPF_K, last, 0, at->second.size()));
                group.insert(group.end(), at->second.begin(), at->second.end());
            }
            group.push_back(answer(k_allow));
            out.push_back(step(BPF_JMP | BPF_JGT | BPF_K, last, group.size(), 0));
            out.insert(out.end(), group.begin(), group.end());
        }
        out.push_back(answer(k_allow));
        return out;
    }

private:
    static constexpr int k_group = 8;  // the square root of their number; a jump reaches 255 steps
    std::map<long, Instructions> rules_;
};

void filter_processes(Writer& writer, const Plan& plan) {
    const bool starts_processes = plan.foreign_program || !plan.runs.empty();
    writer.on_call(SYS_clone3, refuse(ENOSYS));
    if (starts_processes) {
        writer.on_bits(SYS_clone, 0, k_namespaces, refuse(EPERM), k_allow);
        return;
    }
    writer.on_bits(SYS_clone, 0, CLONE_THREAD, k_allow, refuse(EPERM));
    writer.on_call(SYS_execve, refuse(EPERM));
    writer.on_call(SYS_execveat, refuse(EPERM));
#ifdef __x86_64__
    writer.on_call(SYS_fork, refuse(EPERM));
    writer.on_call(SYS_vfork, refuse(EPERM));
#endif
}

void filter_sockets(Writer& writer, const Plan& plan) {
    std::vector<std::uint32_t> families;
    if (!plan.ports || !plan.ports->empty()) families = {AF_INET, AF_INET6};
    if (plan.foreign_program || plan.unix_sockets) families.push_back(AF_UNIX);
    if (families.empty()) writer.on_call(SYS_socket, refuse(EAFNOSUPPORT));
    else writer.on_argument(SYS_socket, 0, families, k_allow, refuse(EAFNOSUPPORT));
}

}  // namespace

std::vector<sock_filter> filter_of(const Plan& plan, bool own_user) {
    Writer writer;
    for (const auto number : k_refused_to_all) writer.on_call(number, refuse(EPERM));
    filter_processes(writer, plan);
    filter_sockets(writer, plan);
    writer.on_argument(SYS_ioctl, 1, {k_tiocsti, k_tioclinux}, refuse(EPERM), k_allow);
    // A limit of one's own is set with 0.
    writer.on_argument(SYS_prlimit64, 0, {0}, k_allow, refuse(EPERM));
    if (!own_user || !plan.foreign_program)
        for (const auto number : k_refused_to_one_of_many) writer.on_call(number, refuse(EPERM));
    if (plan.foreign_program) return writer.finish();
    for (const auto number : k_refused_to_workers) writer.on_call(number, refuse(EPERM));
    // abort() signals itself.
    writer.on_argument(SYS_tgkill, 0, {static_cast<std::uint32_t>(::getpid())}, k_allow, refuse(EPERM));
    writer.on_argument(SYS_prctl, 0, {PR_SET_DUMPABLE, PR_SET_PTRACER}, refuse(EPERM), k_allow);
    return writer.finish();
}

Finding filter_calls(const Plan& plan, bool own_user) {
    auto instructions = filter_of(plan, own_user);
    const sock_fprog program{static_cast<unsigned short>(instructions.size()), instructions.data()};
    if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return {"seccomp", State::degraded, std::string{"refused by the kernel: "} + std::strerror(errno)};
    const std::string all = "no ptrace, mount, keyctl, bpf, io_uring, netlink";
    if (plan.foreign_program) return {"seccomp", State::granted, all};
    const bool connects = plan.unix_sockets || !plan.ports || !plan.ports->empty();
    const std::string processes = plan.runs.empty() ? ", execve, fork, kill" : ", kill";
    return {"seccomp", State::granted, all + processes + (connects ? "" : ", sockets")};
}

}  // namespace mt::app::sandbox
