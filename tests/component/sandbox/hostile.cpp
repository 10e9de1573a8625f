// A tenant's process that has been taken over: confines itself as the real ones do, then tries what it is told to, and prints
// one line of JSON: {"isolation": […], "tried": {"read /etc/shadow": "EACCES", "fork": "done", …}}.
//   hostile worker|program FOLDER ATTEMPT…        MTG_SANDBOX in the environment, as the gateway sets it
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "tenant-app/sandbox/apply.hpp"

namespace {

using mt::Fd;
namespace sandbox = mt::app::sandbox;

std::string outcome(long result) { return result >= 0 ? "done" : ::strerrorname_np(errno); }

std::string read_it(const std::string& path) {
    const Fd file{::open(path.c_str(), O_RDONLY | O_NONBLOCK)};
    char byte = 0;
    return outcome(file ? ::read(file.get(), &byte, 1) : -1);
}

std::string connect_to(const sockaddr* address, socklen_t size, int family) {
    const Fd socket{::socket(family, SOCK_STREAM, 0)};
    return outcome(socket ? ::connect(socket.get(), address, size) : -1);
}

std::string connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, AF_UNIX);
}

std::string connect_tcp(const std::string& port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, AF_INET);
}

std::string fork_once(const std::function<void()>& child) {
    const pid_t pid = ::fork();
    if (pid < 0) return outcome(-1);
    if (pid == 0) {
        child();
        ::_exit(errno);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "done";
    return WIFEXITED(status) ? ::strerrorname_np(WEXITSTATUS(status)) : "killed";
}

/// Children that stay until all are there: how many it came to.
std::string fork_bomb(int most) {
    int ends[2], count = 0;
    if (::pipe(ends) != 0) return outcome(-1);
    std::string why = "done";
    for (; count < most; ++count) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            char byte = 0;
            ::close(ends[1]);
            ::_exit(static_cast<int>(::read(ends[0], &byte, 1)));
        }
        if (pid > 0) continue;
        why = outcome(-1);
        break;
    }
    ::close(ends[1]);
    while (::wait(nullptr) > 0) {}
    return why + " after " + std::to_string(count);
}

/// Touches MiB after MiB, and gives them back in the end: there is a report to write.
std::string eat_memory(std::size_t megabytes) {
    std::vector<void*> eaten;
    std::string result = "done";
    while (eaten.size() < megabytes && result == "done") {
        void* const page = ::mmap(nullptr, 1u << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) {
            result = outcome(-1);
        } else {
            std::memset(page, 1, 1u << 20);
            eaten.push_back(page);
        }
    }
    for (void* const page : eaten) ::munmap(page, 1u << 20);
    return result;
}

std::string fill_file(const std::string& path) {
    const Fd file{::open(path.c_str(), O_WRONLY | O_CREAT, 0600)};
    if (!file) return outcome(-1);
    const std::vector<char> block(1u << 20, 'x');
    for (int i = 0; i < 64; ++i)
        if (::write(file.get(), block.data(), block.size()) < 0) return outcome(-1);
    return "done";
}

using Attempt = std::function<std::string(const std::string&)>;
const std::map<std::string, Attempt> k_attempts{
    {"read", read_it},
    {"write", [](const std::string& path) { return outcome(Fd{::open(path.c_str(), O_WRONLY | O_CREAT, 0600)}.get()); }},
    {"truncate", [](const std::string& path) { return outcome(::truncate(path.c_str(), 0)); }},
    {"unlink", [](const std::string& path) { return outcome(::unlink(path.c_str())); }},
    {"hard_link", [](const std::string& path) { return outcome(::link(path.c_str(), "data/link")); }},
    {"chmod", [](const std::string& path) { return outcome(::chmod(path.c_str(), 0777)); }},
    {"connect", connect_unix},
    {"tcp", connect_tcp},
    {"netlink", [](const std::string&) { return outcome(Fd{::socket(AF_NETLINK, SOCK_RAW, 0)}.get()); }},
    {"ptrace", [](const std::string& pid) { return outcome(::ptrace(PTRACE_ATTACH, std::stoi(pid), nullptr, nullptr)); }},
    {"signal", [](const std::string& pid) { return outcome(::kill(std::stoi(pid), 0)); }},
    {"limit", [](const std::string& pid) {
         const rlimit none{1, 1};
         return outcome(::prlimit(std::stoi(pid), RLIMIT_NOFILE, &none, nullptr));
     }},
    {"priority", [](const std::string& pid) { return outcome(::setpriority(PRIO_PROCESS, std::stoul(pid), 5)); }},
    {"fork", [](const std::string&) { return fork_once([] { errno = 0; }); }},
    {"execute", [](const std::string& path) {
         return fork_once([&path] { ::execl(path.c_str(), path.c_str(), nullptr); });
     }},
    {"execute_here", [](const std::string& path) { return outcome(::execl(path.c_str(), path.c_str(), nullptr)); }},
    {"fork_bomb", [](const std::string& most) { return fork_bomb(std::stoi(most)); }},
    {"eat_memory", [](const std::string& megabytes) { return eat_memory(std::stoul(megabytes)); }},
    {"fill", fill_file},
    {"mount", [](const std::string&) { return outcome(::mount("none", "/mnt", "tmpfs", 0, nullptr)); }},
    {"keyctl", [](const std::string&) { return outcome(::syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1)); }},
    {"bpf", [](const std::string&) { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); }},
    {"io_uring", [](const std::string&) { return outcome(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
    {"namespace", [](const std::string&) { return outcome(::unshare(CLONE_NEWUSER)); }},
    {"become_root", [](const std::string&) { return outcome(::setresuid(0, 0, 0)); }},
    {"dumpable", [](const std::string&) { return outcome(::syscall(SYS_prctl, 4, 1, 0, 0, 0)); }},
    {"newest_call", [](const std::string&) { return outcome(::syscall(SYS_set_mempolicy_home_node + 10, 0)); }},
    // Says that it is there, and stays until it is killed.
    {"stay", [](const std::string&) {
         std::puts("here");
         std::fflush(stdout);
         for (;;) ::pause();
         return std::string{};
     }},
};

int failed(const mt::Error& error) {
    std::puts(nlohmann::json{{"error", mt::describe(error)}}.dump().c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3 || ::chdir(argv[2]) != 0) return 2;
    ::umask(077);
    auto order = sandbox::take_order();
    if (!order.ok()) return failed(order.error());
    if (!*order) return 2;
    const std::filesystem::path folder = argv[2];
    const bool worker = std::string{argv[1]} == "worker";
    const auto plan = worker ? sandbox::plan_for_worker(**order, folder, {{folder / "data"}, {}}, "/usr/bin")
                             : sandbox::plan_for_program(**order, folder);
    const auto findings = sandbox::apply(plan);
    if (!findings.ok()) return failed(findings.error());
    nlohmann::json tried = nlohmann::json::object();
    for (int i = 3; i < argc; ++i) {
        const std::string word = argv[i];
        const auto space = word.find(' ');
        tried[word] = k_attempts.at(word.substr(0, space))(space == std::string::npos ? "" : word.substr(space + 1));
    }
    const nlohmann::json out{{"isolation", nlohmann::json::parse(sandbox::findings_text(*findings))}, {"tried", tried}};
    std::puts(out.dump().c_str());
    std::fflush(stdout);
    ::_exit(0);  // a leak checker would want rights that are gone
}
