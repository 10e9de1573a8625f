#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/tenant_config.hpp"
#include "base/tenant_id.hpp"

namespace mt::gateway {

/// What the source says of one tenant.
struct TenantSpec {
    TenantId id;
    TenantConfig config;
    std::string revision;  ///< of what the worker reads; empty in a snapshot, which reads as little as it can
    bool in_memory = false;        ///< data that ends with the process: never stopped for idleness. Not known in a snapshot.
    std::optional<Error> error;    ///< tenant.json is broken; config then holds the defaults
};

/// The desired state: which tenants there are and what they want. The folder today, a store over the network tomorrow.
/// All members are called on the supervisor's thread.
class TenantSource {
public:
    virtual ~TenantSource() = default;

    /// Every tenant, without revisions: start-up reads 10,000 of them.
    virtual Result<std::vector<TenantSpec>> snapshot() = 0;
    /// One tenant as it is now, with its revision; nothing if it is gone.
    virtual std::optional<TenantSpec> read(const TenantId& id) = 0;
    /// From now on calls `changed` for a tenant that may have appeared, changed or gone; the caller reads and compares.
    virtual void watch(std::function<void(const TenantId&)> changed) = 0;
    /// Looks at everything again soon.
    virtual void rescan() = 0;
};

}  // namespace mt::gateway
