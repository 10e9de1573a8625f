#pragma once
#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/proxy/access_log.hpp"
#include "gateway/proxy/buffers.hpp"
#include "gateway/proxy/explorer_assets.hpp"
#include "gateway/proxy/proxy.hpp"
#include "gateway/proxy/reactor.hpp"
#include "gateway/proxy/tap.hpp"
#include "gateway/proxy/traffic.hpp"
#include "gateway/proxy/upstream_pool.hpp"
#include "gateway/tls/tls_setup.hpp"

namespace mt::gateway {

class Loop;
class Session;

/// A tenant's gate has one bit per loop (TenantGate::loops_waiting).
inline constexpr unsigned k_loops_max = 64;

/// What all loops of a proxy share. Read-only but for the counters.
struct Shared {
    explicit Shared(ProxyOptions what) : options(std::move(what)), traffic_rows(options.metrics_tenants) {}
    ProxyOptions options;
    ExplorerAssets assets;
    Demand* demand = nullptr;
    std::vector<Loop*> loops;  ///< all of them, by their numbers
    TrafficRows traffic_rows;
    std::uint32_t connections_max = 0;
    std::atomic<std::uint32_t> connections{0};
    std::atomic<std::uint64_t> requests{0};

    bool trusts(const std::string& peer) const {
        return std::any_of(options.trusted_proxies.begin(), options.trusted_proxies.end(), [&](const auto& network) { return network.contains(peer); });
    }
};

/// One thread of the proxy and everything it owns. All members are used on that thread only.
class Loop {
public:
    Loop(Shared& all, std::shared_ptr<const TenantTable> snapshot, unsigned number);

    Reactor reactor;
    Shared& shared;
    const unsigned number;
    std::shared_ptr<const TenantTable> table;
    std::shared_ptr<const TlsSetup> tls;  ///< for new connections; null without TLS listeners
    unsigned short redirect_port = 0;     ///< plain connections are sent to https at this port; 0: they are served
    UpstreamPool pool;
    BufferPool buffers;
    /// Scratch, valid between two waits only.
    http::Head request_head, answer_head;
    std::string scratch;
    char sink[4096];  ///< for bytes that nobody wants
    Clock::time_point now = Clock::now();  ///< as of this turn of the loop
    AccessLog log;
    std::vector<std::shared_ptr<const Tap>> taps;  ///< who listens to requests as they finish
    std::uint64_t accepted = 0;            ///< connections
    bool draining = false;                 ///< every answer is the last of its connection; idle ones are given a moment
    bool aborting = false;                 ///< sessions end at their next step

    /// Until the end of a drain or abort().
    void run();

    /// Listening sockets of this thread. Accepting starts with open_doors().
    void add_listener(int fd, bool with_tls);
    void open_doors();
    /// `for_good`: accepts those who have connected already, and lets nobody else connect.
    void close_doors(bool for_good);

    void add(Session& session);
    void remove(Session& session);
    std::size_t sessions() const { return sessions_.size(); }

    /// What an idle connection may still take when it ends by a drain: a request that was on its way.
    static constexpr std::chrono::milliseconds k_drain_linger{300};

    /// Requests held for a tenant, in the order in which they came.
    void hold(const TenantEntry& tenant, Session& session);
    void release(const TenantEntry& tenant, Session& session);
    bool is_next(const TenantEntry& tenant, const Session& session) const;
    /// A place is free, or its finder did not want it: one who waits for it is woken, on whichever thread.
    void pass_on_place(const TenantEntry& tenant);
    void wake(const std::string& tenant);
    void wake_next(const std::string& tenant);
    void wake_all();

    void drain();
    void abort();
    /// A drain that limits each session's time: requests have `grace`, streams what their tenants allow
    /// (Session::lives_on).
    void leave(std::chrono::milliseconds grace);
    /// The same anew, and streams have no more than `grace` either.
    void hurry(std::chrono::milliseconds grace);

    /// The next sweep of the deadlines comes at the latest then; without it, one comes every 50 ms.
    void tick_within(std::chrono::milliseconds time);

    /// This thread's counts of one tenant, by its row.
    Traffic& traffic(std::uint32_t row) {
        if (row >= traffic_.size()) traffic_.resize(row + 1);
        return traffic_[row];
    }
    /// Somebody will read what a request was.
    bool takes_notes() const { return log.on() || !taps.empty(); }
    /// Writes the line now or within a second.
    void write_log(const AccessNote& note, const AccessLine& line);

    std::mt19937_64& random() { return random_; }
    /// 32 hex digits.
    std::string_view next_request_id();
    std::uint32_t seconds() const {
        return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
    }

private:
    struct Door;
    void tick();
    void end_if_done();
    void abort_overdue();
    template <class Each> void for_each_session(Each each);

    bool ended_ = false;
    /// Since when, and with what patience, sessions are on their way out: leave().
    Clock::time_point leaving_since_ = Clock::time_point::max();
    std::chrono::milliseconds patience_{0};
    bool streams_live_on_ = true;
    Clock::time_point next_tick_ = Clock::time_point::max();
    bool doors_shut_ = false;  ///< accepting waits for a connection to end
    std::vector<Session*> sessions_;
    std::vector<std::unique_ptr<Door>> doors_;
    std::unordered_map<std::string, std::vector<Session*>> held_;
    std::vector<Traffic> traffic_;
    Clock::time_point log_due_;
    std::mt19937_64 random_;
    char request_id_[32];

    friend struct Door;

public:
    ~Loop();
};

}  // namespace mt::gateway
