#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/gateway_config.hpp"
#include "base/layout.hpp"

namespace mt::gateway {

struct GatewayOptions {
    Layout layout;  ///< absolute paths
    GatewayConfig config;
    std::filesystem::path config_file;  ///< read again by a reload; empty: there is none
    GatewayConfig written;              ///< what it said at the start, before the command line was heard
    std::string worker_program;
    std::string explorer_folder;
    /// Sockets that listen already and were opened for this process; they become the gateway's.
    std::vector<int> inherited_listeners;
    /// Called once, when requests are answered.
    std::function<void(const nlohmann::json& status)> on_serving;
    std::string manager_program = {};  ///< mtm, for the operator's page
    std::string page_folder = {};      ///< of its files
    /// How the process is started that takes over in a restart.
    std::string program = {};
    std::vector<std::string> arguments = {};
    /// Somebody waits for this very process: it stays, and passes signals on, when another one has taken over.
    bool anchored = false;
    /// The link (take_handover_link) to the gateway from which this one is to take over, which becomes the gateway's;
    /// or -1.
    int handover_link = -1;
};

/// The whole gateway, from the lock on the tenants folder to the last worker's exit. Returns when it was told to end,
/// by a signal or through the control socket, or when another process has taken over and nothing is left to finish; the
/// exit code. Fails with conflict if another gateway has the folder or a port is taken, with invalid_config, with
/// failed.
Result<int> run_gateway(GatewayOptions options);

}  // namespace mt::gateway
