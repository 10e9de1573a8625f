#pragma once
#include "gateway/gateway.hpp"

namespace mt::mtg {

/// Socket activation: the sockets that a service manager opened for us (LISTEN_FDS) become the gateway's. They stand for
/// `listen` of mtg.json, but for those that `tls.listen` names; with `asked` (--listen) only where their address is one of
/// those. The process that replaces this one goes on so. Without such sockets nothing changes. Call before there are
/// threads. Fails with usage if one is no TCP socket.
Status take_activated(mt::gateway::GatewayOptions& options, bool asked);

}  // namespace mt::mtg
