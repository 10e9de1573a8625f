#include "tenant-app/exec/descendants.hpp"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace mt::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

pid_t parent_of(const std::string& pid) {
    std::ifstream file{"/proc/" + pid + "/stat"};
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');  // "12 (a name) S 7 …": the name may hold anything
    if (name_end == std::string::npos || name_end + 4 >= line.size()) return 0;
    return static_cast<pid_t>(std::strtol(line.c_str() + name_end + 4, nullptr, 10));
}

std::vector<pid_t> children() {
    std::vector<pid_t> pids;
    const auto self = std::to_string(::getpid());
    if (std::ifstream list{"/proc/" + self + "/task/" + self + "/children"}) {
        for (pid_t pid; list >> pid;) pids.push_back(pid);
        return pids;
    }
    // A kernel without CONFIG_PROC_CHILDREN.
    const std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir("/proc"), ::closedir};
    while (const dirent* entry = folder ? ::readdir(folder.get()) : nullptr) {
        const std::string name = entry->d_name;
        if (name.find_first_not_of("0123456789") == std::string::npos && parent_of(name) == ::getpid())
            pids.push_back(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)));
    }
    return pids;
}

}  // namespace

void end_descendants(pid_t program, int& status) {
    constexpr std::chrono::seconds k_patience{10};
    const auto until = steady_clock::now() + k_patience;
    while (steady_clock::now() < until) {
        ::kill(-program, SIGKILL);
        for (const pid_t pid : children()) ::kill(pid, SIGKILL);
        int ended = 0;
        pid_t pid;
        while ((pid = ::waitpid(-1, &ended, WNOHANG)) > 0)
            if (pid == program) status = ended;
        if (pid < 0 && errno == ECHILD) return;
        std::this_thread::sleep_for(milliseconds{1});
    }
}

}  // namespace mt::app
