#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/limits_config.hpp"
#include "base/network.hpp"

namespace mt {

struct ListenText {
    std::string host;
    unsigned short port = 0;
    std::string str() const;  ///< "127.0.0.1:9000", "[::1]:9000"
};

/// "9000", ":9000", "0.0.0.0:9000", "[::1]:9000", "localhost:9000" (which is 127.0.0.1). Port 0 means any free one.
/// Without a host, loopback. Fails with usage.
Result<ListenText> parse_listen(std::string_view text);

/// mtg.json, and its defaults.
struct GatewayConfig {
    std::vector<ListenText> listen{{"127.0.0.1", 9000}};
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
    std::set<std::string> given;           ///< the keys that the file has, members of objects as "a.b"
};

/// Fails with not_found, failed, or invalid_config at a file, line and pointer.
Result<GatewayConfig> read_gateway_config(const std::filesystem::path& path);

}  // namespace mt
