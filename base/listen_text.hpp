#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/config_object.hpp"

namespace mt {

struct ListenText {
    std::string host;
    unsigned short port = 0;
    std::string str() const;  ///< "127.0.0.1:9000", "[::1]:9000"

    bool operator==(const ListenText&) const = default;
};

/// "9000", ":9000", "0.0.0.0:9000", "[::1]:9000", "localhost:9000" (which is 127.0.0.1). Port 0 means any free one.
/// Without a host, loopback. Fails with usage.
Result<ListenText> parse_listen(std::string_view text);

/// One address or a list of at least one, in a configuration file. Fails with invalid_config.
Status read_listen(const ordered_json& value, const ConfigPlace& at, std::vector<ListenText>& target);

}  // namespace mt
