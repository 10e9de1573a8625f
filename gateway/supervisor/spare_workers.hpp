#pragma once
#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "gateway/supervisor/spawn.hpp"

namespace mt::gateway {

/// Worker processes started ahead of need (`tenant-app --spare`): their code is loaded and has run once, and they know no tenant
/// yet. One becomes a tenant's worker by a message, without the milliseconds that a new process takes to get that far. A spare has the
/// gateway's user and no confinement until then; it reads nothing of any tenant. Lives on the supervisor's thread, whose end is theirs.
class SpareWorkers {
public:
    /// Keeps `count` of them once refill() was called; 0 turns them off.
    SpareWorkers(std::string program, std::vector<std::string> environment, unsigned count)
        : program_(std::move(program)), environment_(std::move(environment)), count_(count) {}
    ~SpareWorkers() { dismiss(); }
    SpareWorkers(const SpareWorkers&) = delete;
    SpareWorkers& operator=(const SpareWorkers&) = delete;

    /// Starts what is missing. Takes up to a millisecond for each: call it when nobody waits for a start.
    void refill();
    /// As spawn(), by a spare if there is one and the program's file is still the one that it was made from.
    Result<Spawned> spawn(const SpawnRequest& request);
    /// How many are there to be used now.
    std::size_t waiting() const;
    /// Ends and reaps all of them; refill() starts none any more.
    void dismiss();

private:
    struct Spare {
        Spawned process;
        Fd link;
    };

    bool is_current() const;
    static void end(Spare& spare);

    std::string program_;
    std::vector<std::string> environment_;
    unsigned count_;
    std::vector<Spare> spares_;
    struct ::stat made_from_ {};  ///< the program's file when the oldest was started
};

}  // namespace mt::gateway
