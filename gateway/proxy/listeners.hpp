#pragma once
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"
#include "gateway/proxy/proxy.hpp"

namespace mt::gateway {

/// The listening sockets of one address, one per thread, and the address really bound.
struct BoundAddress {
    ListenAddress address;
    std::vector<Fd> sockets;
};

/// Binds `count` sockets that share the address's connections (SO_REUSEPORT). Fails with conflict if somebody else has the
/// port, with usage for an address that is none, with failed for what the system refuses.
Result<BoundAddress> bind_listeners(const ListenAddress& address, unsigned count);

/// Takes inherited sockets over, which listen already; those of one address stand together, as Proxy::listeners() lists them.
Result<std::vector<BoundAddress>> adopt_listeners(const std::vector<int>& sockets);

/// The IP address of the other end, for X-Forwarded-For; an IPv4 client of an IPv6 socket in its IPv4 form.
std::string peer_address(const void* sockaddr_storage);

}  // namespace mt::gateway
