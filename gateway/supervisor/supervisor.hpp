#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/control/server.hpp"
#include "gateway/proxy/proxy.hpp"
#include "gateway/supervisor/aliases.hpp"
#include "gateway/supervisor/event_log.hpp"
#include "gateway/supervisor/lifeline.hpp"
#include "gateway/supervisor/metrics_page.hpp"
#include "gateway/supervisor/snapshot_schedule.hpp"
#include "gateway/supervisor/tenant.hpp"
#include "gateway/supervisor/traffic_window.hpp"

namespace mt::gateway {

struct SupervisorOptions {
    Layout layout;  ///< absolute paths: workers get them as arguments
    std::string worker_program;
    std::vector<std::string> environment;  ///< of workers, NAME=value
    Limits limits;
    Timings timings;
    unsigned starts_max = 0;  ///< 0: one per core
    bool compression = false;  ///< of tenants that do not say
    unsigned spares = 0;  ///< workers started ahead of need (SpareWorkers)
    std::optional<UidRange> uids = std::nullopt;  ///< nothing: workers keep our user
    ResidentBudget resident = {};
    bool takes_over = false;  ///< from a gateway that still has workers
};

/// What /stop, /restart and /reload need of the whole program.
struct GatewayHooks {
    std::function<void()> stop;
    /// Answers {"pid"} of the process that serves in our place from now on; fails if we go on. At most `wait`.
    std::function<boost::asio::awaitable<Result<nlohmann::json>>(std::chrono::milliseconds wait)> restart;
    /// Answers what is worth telling whoever asked; fails if what is in force stays.
    std::function<Result<nlohmann::json>()> reload;
    /// A link that signs in to the operator's page; fails if there is none.
    std::function<Result<nlohmann::json>()> page_link = {};
    /// The processes that served before this one and are still there: an array (Predecessors::describe).
    std::function<nlohmann::json()> draining = {};
};

/// Closes the gap between what the source wants and what runs. Lives on one thread, its io_context's; only want() may be
/// called from others. Two steps: load() before there is a proxy, serve() with it.
class Supervisor : public Demand {
public:
    Supervisor(boost::asio::io_context& io, SupervisorOptions options, std::unique_ptr<TenantSource> source = nullptr);
    ~Supervisor() override;

    /// Reads the snapshot. Fails with failed if there is no folder.
    Status load();
    /// A snapshot of what is known now.
    std::shared_ptr<const TenantTable> table();
    /// Opens the control socket, watches the source, starts eager tenants. `proxy` outlives the supervisor's last worker.
    Status serve(Proxy& proxy, GatewayHooks hooks);

    // Two gateways, one of which takes over from the other (docs/decisions/0012-restart-by-handover.md):
    // supervisor_handover.cpp.
    /// serve() but for the control socket, which still is the other's.
    void begin(Proxy& proxy, GatewayHooks hooks);
    /// Takes the control socket's place, unless ours is there.
    Status open_control();
    /// Tenants with a worker.
    std::vector<std::string> running() const;
    /// The other one has left its place to us.
    void took_over(pid_t former);
    /// Starts the workers of those tenants, and returns when each is ready or failed, or at the deadline.
    boost::asio::awaitable<void> warm_up(std::vector<std::string> tenants,
                                         std::chrono::steady_clock::time_point deadline);
    /// The other one serves from now on: of what changes in the folder only tenants that end concern us, change streams
    /// end, and a worker goes as soon as nobody has a request or stream in it.
    void leave();
    /// What is still to be finished: {"requests", "streams", "tenants": the first few that have any}.
    nlohmann::json in_hand() const;
    /// A gateway that has left its place to us, or to one before us, has finished.
    void former_ended(pid_t pid);

    void want(const TenantId& tenant) override;
    void metrics(std::function<void(std::string)> done) override;

    /// From now on that is what all workers together may take.
    void set_budget(ResidentBudget budget) { context_.residents->set_budget(budget); }

    /// Drains and stops every worker; `done` is called from the event loop when none is left.
    void stop(std::function<void()> done);
    /// Kills what still runs.
    void stop_at_once();
    /// Readers of event streams connect anew, to whoever serves then.
    void end_streams();
    /// From now on no control connection is accepted.
    void close_control();

private:
    friend class ControlRoutes;

    std::shared_ptr<Tenant> find(const std::string& id) const;
    /// Reads the source and acts on it. Null if the tenant is gone.
    std::shared_ptr<Tenant> sync(const TenantId& id);
    void remove(const TenantId& id);
    void add(TenantSpec spec);
    /// Gives the tenant the hosts it names, or an error if one is another's: who had it first keeps it.
    void claim_hosts(TenantSpec& spec);
    /// Frees those that the tenant has but for `kept`. False: there are none.
    bool give_up_hosts(const std::string& id, const std::vector<std::string>& kept);
    void hosts_given_up();
    /// The table does not have the tenant as it is now.
    void entry_changed(const std::string& id);
    void publish_soon();
    void publish_now();
    void reap_leaving();
    void reap_later();
    void check_logs();
    void refill_spares_soon();
    void release_unused();
    /// Which tenants want snapshots by themselves.
    std::vector<SnapshotSchedule::Wish> snapshot_wishes() const;
    nlohmann::json gateway_status() const;
    /// `done` is called on our thread, later; not at all if we are gone by then.
    void gather_metrics(std::function<void(std::vector<MetricFamily>)> done);
    /// The same for what the proxy has counted.
    void gather_traffic(std::function<void(TrafficReport)> done);
    TrafficSnapshot snapshot(const TrafficReport& report) const;
    void sample_traffic();
    SupervisorFigures figures(const TrafficReport& report) const;

    boost::asio::io_context& io_;
    std::unique_ptr<TenantSource> source_;
    StartSlots slots_;
    SpareWorkers spares_;
    Isolation isolation_;
    TenantContext context_;
    GatewayHooks hooks_;
    std::map<std::string, std::shared_ptr<Tenant>> tenants_;  // sorted, as lists are
    std::vector<std::shared_ptr<Tenant>> leaving_;            // removed, with workers that still drain
    std::unordered_map<std::string, std::string> host_owners_;    // host to tenant
    std::unordered_map<std::string, std::vector<std::string>> hosts_of_;  // the same the other way round
    std::set<std::string> waiting_for_host_;                      // tenants that name a host of another
    TenantTable table_;                                           // but for what `stale_` names
    std::set<std::string> stale_;                                 // tenants that are new, changed or gone
    AliasBook aliases_;
    std::unordered_map<std::string, std::uint32_t> generations_;  // of removed tenants: see Tenant's constructor
    std::unique_ptr<ControlServer> control_;
    std::unique_ptr<SnapshotSchedule> snapshots_;
    EventLog events_;
    boost::asio::steady_timer leaving_timer_, log_timer_, traffic_timer_;
    TrafficWindow traffic_;
    SupervisorFigures::Workers removed_workers_;  // of tenants that are gone
    bool publish_pending_ = false, stopping_ = false, left_ = false;
    Lifeline lifeline_;  // also for what other threads post
    std::function<void()> stopped_;
    std::chrono::system_clock::time_point started_ = std::chrono::system_clock::now();
    std::chrono::steady_clock::time_point started_steady_ = std::chrono::steady_clock::now();
};

}  // namespace mt::gateway
