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
    /// Sockets that a former process of ours left open for this one.
    std::vector<int> inherited_listeners;
    /// Called once, when requests are answered.
    std::function<void(const nlohmann::json& status)> on_serving;
    std::string manager_program = {};  ///< mtm, for the operator's page
    std::string page_folder = {};      ///< of its files
};

struct GatewayEnding {
    bool restart = false;
    std::vector<int> listeners;  ///< to be inherited by the next process: open across execve; only if `restart`
};

/// The whole gateway, from the lock on the tenants folder to the last worker's exit. Returns when it was told to end, by a
/// signal or through the control socket. Fails with conflict if another gateway has the folder or a port is taken, with
/// invalid_config, with failed.
Result<GatewayEnding> run_gateway(GatewayOptions options);

}  // namespace mt::gateway
