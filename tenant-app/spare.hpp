#pragma once
#include <string>
#include <vector>

namespace mt::app {

/// Waits on descriptor 3, a SOCK_SEQPACKET link to the gateway, to be told which worker to be, and then is that process as if it had been
/// executed: arguments (without the program's name), environment and descriptors are those of the message; `argv` shows it to `ps`.
/// Before, everything that a worker runs has run once, so that its code and its heap are there.
/// Does not return when the gateway is gone.
std::vector<std::string> wait_for_orders(int argc, char** argv);

}  // namespace mt::app
