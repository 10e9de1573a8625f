#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/http/head.hpp"
#include "base/network.hpp"
#include "gateway/proxy/access_log.hpp"
#include "gateway/proxy/tap.hpp"
#include "gateway/proxy/tenant_table.hpp"
#include "gateway/proxy/traffic.hpp"
#include "gateway/tls/tls_setup.hpp"

namespace mt::gateway {

struct ListenAddress {
    std::string host;  ///< an IP address, as in the configuration
    unsigned short port = 0;
    bool tls = false;
};

struct ProxyOptions {
    std::vector<ListenAddress> listen{{"127.0.0.1", 9000}};
    std::shared_ptr<const TlsSetup> tls;  ///< not null if an address is for TLS
    /// Already listening sockets, another process's perhaps, used instead of binding where their addresses are wanted.
    /// Taken over.
    std::vector<int> inherited_listeners;
    unsigned threads = 0;  ///< 0: one per core
    /// Folder of the explorer's assets, served under /-/explorer/.
    std::string explorer_folder;
    http::ScanLimits head;  ///< of requests; head.head_bytes is at most 64 KiB
    std::chrono::milliseconds head_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds write_gap{30'000};  ///< longest time in which a client takes nothing of an answer of ours
    AccessLogOptions access_log;
    bool trace = true;                   ///< take part in W3C traces; else traceparent and tracestate pass as they are
    bool metrics_public = false;         ///< /-/metrics is offered to clients
    std::uint32_t metrics_tenants = 500; ///< with figures of their own
    std::vector<Network> trusted_proxies;  ///< peers whose X-Forwarded-* are believed
    std::uint32_t connections_max = 0;  ///< over all threads; 0: 95 % of the descriptor limit
};

/// The front: one event loop per core, each with its own listening sockets, worker connections and tenant table snapshot.
/// All members are called from one thread, the supervisor's, and return at once unless they say otherwise.
class Proxy {
public:
    /// Binds (first without SO_REUSEPORT, so that a port in use is noticed). Fails with conflict if a port is taken, with
    /// usage for an address that is none. `demand` outlives the proxy. Connections are accepted after start().
    static Result<std::unique_ptr<Proxy>> create(ProxyOptions options, std::shared_ptr<const TenantTable> table, Demand& demand);
    virtual ~Proxy() = default;

    /// Starts the threads.
    virtual void start() = 0;
    /// The addresses really bound (port 0 resolved), in the order of ProxyOptions::listen, or as they were inherited.
    virtual std::vector<ListenAddress> bound() const = 0;
    /// The listening sockets, one per address and thread, for the process that takes over. They stay ours.
    virtual std::vector<int> listeners() const = 0;

    virtual void publish(std::shared_ptr<const TenantTable> table) = 0;
    /// Connections that are accepted from now on use this; those that are open stay as they are.
    virtual void publish_tls(std::shared_ptr<const TlsSetup> tls) = 0;
    /// The tenant's gate changed: held requests look again.
    virtual void wake(const TenantId& tenant) = 0;
    /// Closes idle worker connections of the tenant that are older than the gate's generation. `done` is called on any
    /// thread once every thread has done so: after that no request starts on an older connection.
    virtual void drop_idle(const TenantId& tenant, std::function<void()> done) = 0;

    /// Stops accepting, lets requests in flight finish for at most `grace`, then closes. Blocks.
    virtual void stop(std::chrono::milliseconds grace) = 0;
    /// Another process accepts on the same sockets from now on: this one stops accepting, lets requests in flight
    /// finish for at most `grace` and streams for as long as their tenants allow (tunnel_drain). Blocks until all are
    /// done.
    virtual void leave(std::chrono::milliseconds grace) = 0;
    /// Nothing has more than `grace` from now on. A leave() that blocks another thread returns soon after that.
    virtual void hurry(std::chrono::milliseconds grace) = 0;

    /// Opens the access log's file again, after somebody has moved it. Failures are logged and leave the old one in use.
    virtual void reopen_log() = 0;

    /// Asks every thread what it has counted. `done` is called once, on any thread.
    virtual void collect(std::function<void(TrafficReport)> done) = 0;

    /// From now on the tap gets the requests that begin; until untap(), and what is under way then for a moment longer.
    virtual void tap(std::shared_ptr<const Tap> tap) = 0;
    virtual void untap(std::shared_ptr<const Tap> tap) = 0;

    struct Counters {
        std::uint64_t requests = 0;
        std::uint32_t connections = 0;
    };
    virtual Counters counters() const = 0;
};

}  // namespace mt::gateway
