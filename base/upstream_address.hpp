#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt {

/// A server that somebody else runs: a UNIX socket or an address and port.
struct UpstreamAddress {
    std::string socket_path;  ///< empty: TCP
    std::string host;         ///< an IP address
    unsigned short port = 0;
    std::string str() const;  ///< as in tenant.json
    bool operator==(const UpstreamAddress&) const = default;
};

/// "unix:/run/x.sock" (relative paths start at `folder`), "http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost" (port 80).
/// Names other than localhost are refused: nothing on the way of a request resolves names. Fails with usage.
Result<UpstreamAddress> parse_upstream(std::string_view text, const std::string& folder);

/// A host name as `hosts` of tenant.json takes it: "shop.example", or "*.example.com" for whatever is below. Lower-cased; fails with
/// usage for anything that a Host field cannot be: a port, an address in brackets, an empty or long label, other bytes.
Result<std::string> parse_host_name(std::string_view text);

}  // namespace mt
