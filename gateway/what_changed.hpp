#pragma once
#include <nlohmann/json_fwd.hpp>

#include "base/gateway_config.hpp"

namespace mt::gateway {

/// The keys of mtg.json whose new values take a restart to be in force, as an array of strings such as "limits" and "tls.listen".
nlohmann::json changed_for_a_restart(const GatewayConfig& before, const GatewayConfig& after);

}  // namespace mt::gateway
