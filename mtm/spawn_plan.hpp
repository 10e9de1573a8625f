#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "base/files.hpp"

namespace mt::mtm {

struct Pipe {
    Fd read, write;
};
/// Both ends are closed in programs that are started.
Result<Pipe> make_pipe();

/// What a child gets instead of what we have: three descriptors, and the usual signals.
class SpawnPlan {
public:
    SpawnPlan();
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan();

    /// Descriptor `to` of the child is our `from`, or /dev/null for -1.
    void give(int from, int to);
    /// Starts it; `words` are its argv behind the program's name. Fails with failed.
    Result<pid_t> start(const std::filesystem::path& program, std::vector<std::string> words);

private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

}  // namespace mt::mtm
