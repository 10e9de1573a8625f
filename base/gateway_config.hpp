#pragma once
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/limits_config.hpp"
#include "base/listen_text.hpp"
#include "base/network.hpp"
#include "base/resident_budget.hpp"
#include "base/tls_config.hpp"
#include "base/ui_address.hpp"
#include "base/uid_range.hpp"

namespace mt {

/// mtg.json, and its defaults.
struct GatewayConfig {
    std::vector<ListenText> listen{{"127.0.0.1", 9000}};
    bool names_listen = false;             ///< the file has the key
    std::filesystem::path tenants;         ///< empty: not said. Already relative to the file's folder.
    std::filesystem::path socket;          ///< as above
    std::vector<std::string> environment;  ///< names of variables that workers get from the gateway's own environment
    std::vector<Network> trusted_proxies;  ///< peers whose X-Forwarded-* are believed
    LimitsConfig limits;
    std::filesystem::path access_log;      ///< empty: none. Already relative to the file's folder.
    std::string access_log_format = "combined";  ///< or json
    std::string trace = "on";              ///< or pass
    bool metrics_public = false;
    std::optional<std::uint32_t> metrics_tenants;
    std::optional<bool> compression;       ///< of tenants that do not say
    std::optional<UidRange> uids = k_standard_uids;  ///< nothing: every tenant runs as the gateway's user
    ResidentBudget resident;               ///< max_resident and memory_budget
    std::set<std::string> given;           ///< the keys that the file has, members of objects as "a.b"
    std::optional<TlsConfig> tls;
    std::vector<std::string> servers;      ///< names of the database servers whose logins the file has
    std::optional<ListenText> ui;          ///< where the operator's page is; nothing: there is none
};

/// Fails with not_found, failed, or invalid_config at a file, line and pointer.
Result<GatewayConfig> read_gateway_config(const std::filesystem::path& path);

/// Of a file that read_gateway_config() refuses: its `tenants` and `socket` where they can be told, all else by default. Not for
/// serving: for finding the gateway and the tenants that are there.
GatewayConfig read_gateway_places(const std::filesystem::path& path);

}  // namespace mt
