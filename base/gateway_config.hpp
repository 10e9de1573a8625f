#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/limits_config.hpp"

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
    bool names_listen = false;             ///< the file has the key
    std::filesystem::path tenants;         ///< empty: not said. Already relative to the file's folder.
    std::filesystem::path socket;          ///< as above
    std::vector<std::string> environment;  ///< names of variables that workers get from the gateway's own environment
    LimitsConfig limits;
};

/// Fails with not_found, failed, or invalid_config at a file, line and pointer.
Result<GatewayConfig> read_gateway_config(const std::filesystem::path& path);

/// Of a file that read_gateway_config() refuses: its `tenants` and `socket` where they can be told, all else by default. Not for
/// serving: for finding the gateway and the tenants that are there.
GatewayConfig read_gateway_places(const std::filesystem::path& path);

}  // namespace mt
