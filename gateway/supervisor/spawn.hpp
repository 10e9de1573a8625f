#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/files.hpp"

namespace mt::gateway {

struct SpawnRequest {
    std::string program;
    std::vector<std::string> arguments;    ///< without argv[0], which is the program
    std::vector<std::string> environment;  ///< all of it, NAME=value
    std::vector<int> descriptors;          ///< become 0, 1, 2 …; borrowed
};

struct Spawned {
    pid_t pid = 0;
    Fd pidfd;
};

/// Keeps the descriptor numbers that spawn() uses. Best called before anything else opens one; the first spawn() does it too.
void prepare_to_spawn();

/// Starts a program that has the given descriptors and nothing else, in a session of its own, signals at their defaults, and
/// that dies with the calling thread. Takes 0.1 ms whatever the caller's size, and never duplicates a descriptor of the caller's but
/// those (eight at most). From any thread; one waits for another. Fails with failed.
Result<Spawned> spawn(const SpawnRequest& request);

}  // namespace mt::gateway
