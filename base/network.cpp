#include "base/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace mt {

namespace {

constexpr unsigned k_mapped_bits = 96;

/// False: no IP address. `is_v4` tells how it was written.
bool read_address(std::string_view text, std::array<std::uint8_t, 16>& address, bool& is_v4) {
    const std::string ip{text};
    address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    is_v4 = ::inet_pton(AF_INET, ip.c_str(), address.data() + k_mapped_bits / 8) == 1;
    return is_v4 || ::inet_pton(AF_INET6, ip.c_str(), address.data()) == 1;
}

}  // namespace

bool Network::contains(std::string_view ip) const {
    std::array<std::uint8_t, 16> other;
    bool is_v4 = false;
    if (!read_address(ip, other, is_v4)) return false;
    const auto bytes = bits / 8, rest = bits % 8;
    if (!std::equal(address.begin(), address.begin() + bytes, other.begin())) return false;
    return rest == 0 || (address[bytes] ^ other[bytes]) >> (8 - rest) == 0;
}

Result<Network> parse_network(std::string_view text) {
    const auto refuse = [&](const char* why) {
        return Error{Errc::usage, "'" + std::string{text.substr(0, 80)} + "' is no network: " + why}.hint("for example 127.0.0.1, 10.0.0.0/8 or fd00::/8");
    };
    Network network;
    bool is_v4 = false;
    const auto slash = text.find('/');
    if (!read_address(text.substr(0, slash), network.address, is_v4)) return refuse("not an IP address");
    if (slash == std::string_view::npos) return network;
    const auto length = text.substr(slash + 1);
    const unsigned most = is_v4 ? 32 : 128;
    const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), network.bits);
    if (error != std::errc{} || end != length.data() + length.size() || network.bits > most) return refuse("its length is a number of bits");
    if (is_v4) network.bits += k_mapped_bits;
    return network;
}

}  // namespace mt
