#include "mtm/spawn_plan.hpp"

#include <cstring>

namespace mt::mtm {

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe");
    return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

SpawnPlan::SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
}

SpawnPlan::~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
}

void SpawnPlan::give(int from, int to) {
    if (from >= 0) posix_spawn_file_actions_adddup2(&actions_, from, to);
    else posix_spawn_file_actions_addopen(&actions_, to, "/dev/null", O_RDWR, 0);
}

Result<pid_t> SpawnPlan::start(const std::filesystem::path& program, std::vector<std::string> words) {
    words.insert(words.begin(), program.native());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, argv.data(), environ);
    if (failed == 0) return pid;
    return Error{Errc::failed, "cannot run " + program.native() + ": " + std::strerror(failed)};
}

}  // namespace mt::mtm
