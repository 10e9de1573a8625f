#pragma once
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace mt {

// What systemd and this process tell each other: sd_notify(3), sd_watchdog_enabled(3) and sd_listen_fds(3), of which we need so little
// that the library would be more than the protocol. Started by anybody else, all of it does nothing.

/// Sends lines such as "READY=1\nSTATUS=serving" to the socket that NOTIFY_SOCKET names. What cannot be sent is lost: there is nobody
/// else to tell. One who does not read holds us up for a second at most: the kernel keeps few messages for it, and of these one may be
/// the one that it waits for.
void notify_service_manager(std::string_view lines);

/// "WATCHDOG=1", lost if it cannot be sent at once: another one follows.
void ping_service_manager();

/// How often "WATCHDOG=1" is due: half of what the manager waits for before it kills us. Nothing: it does not wait.
/// WATCHDOG_PID is not asked for: a process that took over from the one that was started keeps its promise.
std::optional<std::chrono::milliseconds> watchdog_interval();

/// The listening sockets that the manager opened for this process, now close-on-exec, the caller's to close. The variables are taken out of
/// the environment, so that it is asked once. Call before there are threads.
std::vector<int> take_activated_sockets();

}  // namespace mt
