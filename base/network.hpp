#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace mt {

/// A range of IP addresses: "10.0.0.0/8", "::1", "fd00::/8". IPv4 is held as IPv4-mapped IPv6.
struct Network {
    std::array<std::uint8_t, 16> address{};
    unsigned bits = 128;
    /// `ip` as text; false for what is none.
    bool contains(std::string_view ip) const;
    bool operator==(const Network&) const = default;
};

/// Fails with usage.
Result<Network> parse_network(std::string_view text);

}  // namespace mt
