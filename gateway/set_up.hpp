#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "gateway/gateway.hpp"
#include "gateway/proxy/proxy.hpp"

namespace mt::gateway {

// What a gateway does before it serves: folders, lock and limits of the process, and what its parts are told.

/// The tenants folder and the run-time one, which is ours alone. Fails with failed.
Status make_folders(const Layout& layout);

/// The lock on the tenants folder. Waits half a second for a gateway that was just killed: it holds its lock, and its sockets
/// answer, until the kernel has put it away, some 50 ms. Fails with conflict if one runs.
Result<FileLock> lock(const Layout& layout);

/// Removes the folders of sockets that gateways have left which were killed; call with the lock held, so that there are none.
void remove_sockets_apart(const Layout& layout);

/// To the hard one: each connection and each worker takes some, and the soft limit is often 1024 for no reason.
void raise_descriptor_limit();

/// NAME=value of what workers get from ours: the usual ones and `names`.
std::vector<std::string> worker_environment(const std::vector<std::string>& names);

ProxyOptions proxy_options(const GatewayOptions& options);

/// Logs what is accepted and dubious. Fails with invalid_config.
Result<std::shared_ptr<const TlsSetup>> load_tls(const TlsConfig& config);

}  // namespace mt::gateway
