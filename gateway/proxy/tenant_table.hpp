#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/limits.hpp"
#include "base/tenant_id.hpp"
#include "gateway/proxy/tenant_gate.hpp"

namespace mt::gateway {

using mt::Limits;

/// One tenant as the proxy sees it. Immutable but for the gate.
struct TenantEntry {
    TenantId id;
    std::string socket_path;
    Limits limits;
    std::shared_ptr<TenantGate> gate;
    bool compression = false;  ///< answers may be compressed for clients that accept it
};

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// An immutable snapshot: every proxy thread holds one and gets the next by a message, so looking up takes no lock.
using TenantTable =
    std::unordered_map<std::string, std::shared_ptr<const TenantEntry>, StringHash, std::equal_to<>>;

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
