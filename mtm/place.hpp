#pragma once
#include "base/layout.hpp"

namespace mt::mtm {

/// Whether the sockets of a tenant of that id, and the gateway's own, have names that the kernel takes. Fails with
/// invalid_config.
Status check_sockets(const Layout& layout, const TenantId& id);

/// What a removed tenant of this name wrote is not the new one's.
void forget_log(const Layout& layout, const TenantId& id);

/// The log of a renamed tenant goes along, in place of what the name's former owner wrote.
void move_log(const Layout& layout, const TenantId& from, const TenantId& to);

}  // namespace mt::mtm
