#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/limits.hpp"
#include "base/tenant_id.hpp"
#include "gateway/proxy/shared_map.hpp"
#include "gateway/proxy/tenant_gate.hpp"

namespace mt::gateway {

using mt::Limits;

/// One tenant as the proxy sees it. Immutable but for the gate.
struct TenantEntry {
    TenantId id;
    std::string socket_path;
    Limits limits;
    std::shared_ptr<TenantGate> gate;
    bool compression = false;     ///< answers may be compressed for clients that accept it
    std::string host = {};        ///< an IP address: the tenant's server is reached by TCP, and socket_path is empty
    unsigned short port = 0;
    bool strip_prefix = true;     ///< false: its server gets the path with the tenant's name
    std::string closed_why = {};  ///< what a client is told while the gate is unavailable; empty: nothing special
    std::chrono::system_clock::time_point closed_until = {};  ///< Retry-After then; not set: the gate's
};

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

using TenantMap = SharedMap<std::shared_ptr<const TenantEntry>>;

/// A name that a tenant had: where its requests go now, and until when.
struct AliasEntry {
    std::string to;
    std::chrono::system_clock::time_point until;
};

/// By id. Of what is published every proxy thread holds a copy that nobody changes and gets the next by a message, so
/// looking up takes no lock. Copying is cheap.
struct TenantTable : TenantMap {
    SharedMap<AliasEntry> aliases;  ///< by former name, which no tenant has
    TenantMap hosts;  ///< by lower-case host name, or by `*.example.com` for what is below

    /// The tenant that a Host field's value reaches (its port does not count), or null. Free where no tenant has hosts.
    std::shared_ptr<const TenantEntry> by_host(std::string_view authority) const {
        return hosts.empty() ? nullptr : find_host(authority);
    }

private:
    std::shared_ptr<const TenantEntry> find_host(std::string_view authority) const;
};

/// What the proxy asks of the supervisor. Called from proxy threads; implementations post to their own thread.
class Demand {
public:
    virtual ~Demand() = default;
    /// A request waits for a worker of this tenant. May be called many times; the answer is ProxyThreads::wake.
    virtual void want(const TenantId& tenant) = 0;
    /// The text of /-/metrics. `done` is called once, on any thread.
    virtual void metrics(std::function<void(std::string)> done) { done({}); }
};

}  // namespace mt::gateway
