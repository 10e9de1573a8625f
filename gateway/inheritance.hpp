#pragma once
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "gateway/handover_link.hpp"

namespace mt::gateway {

/// A gateway that serves no more: it has requests and streams to finish, or waits because somebody waits for it.
struct Predecessor {
    Fd link;
    pid_t pid = 0;
    unsigned number = 0;    ///< of its sockets' folder: Layout::with_sockets_apart; 0: the run folder
    bool anchored = false;  ///< somebody waits for this very process: it stays as long as the gateway does
    bool done = false;      ///< it has nothing left in hand
    std::string in_hand = {};  ///< what it has, as it said last: {"since", "connections", "requests", "streams", "tenants"}
};

/// What a gateway gets from the one in whose place it is started.
struct Inheritance {
    Fd lock;                                ///< of the tenants folder
    std::vector<int> listeners;             ///< open: of who sends it; a copy of who receives it
    std::vector<std::string> running;       ///< tenants with a worker
    std::vector<Predecessor> predecessors;  ///< oldest first; the last one is who hands over

    /// A number that none of them has: 1 to 9.
    unsigned free_number() const;
};

/// How many gateways may be on their way out before another restart has to wait: each has a number of its own.
inline constexpr std::size_t k_predecessors_max = 8;

/// The records that say it, in the order in which they are sent. Descriptors are borrowed: `inheritance` outlives them.
/// Its last predecessor has no link: it is the sender.
std::vector<HandoverRecord> records_of(const Inheritance& inheritance);

/// Reads them, blocking. Fails with failed if the other one is gone or speaks otherwise, with timed_out.
Result<Inheritance> receive_inheritance(Fd link, std::chrono::milliseconds wait);

/// The link to the gateway that has started this process in its place, taken out of the environment; or none.
Fd take_handover_link();
/// Tells it why this process will not take over.
void refuse_handover(int link, const Error& why);
/// The variable of the environment for `descriptor`.
std::string handover_variable(int descriptor);

}  // namespace mt::gateway
