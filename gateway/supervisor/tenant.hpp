#pragma once
#include <boost/asio/system_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/layout.hpp"
#include "gateway/isolation/isolation.hpp"
#include "gateway/proxy/proxy.hpp"
#include "gateway/supervisor/residents.hpp"
#include "gateway/supervisor/signal.hpp"
#include "gateway/supervisor/start_slots.hpp"
#include "gateway/supervisor/tenant_source.hpp"
#include "gateway/supervisor/worker.hpp"

namespace mt::gateway {

enum class TenantState { idle, starting, ready, draining, backoff, failed, degraded, stopped, suspended };
std::string_view name(TenantState state);

struct Timings {
    std::chrono::milliseconds start_deadline{30'000}, drain_grace{30'000}, term_grace{5'000};
    std::chrono::milliseconds healthy_after{1'000};     ///< a worker that was ready this long restarts at once
    std::chrono::milliseconds slot_held_max{1'000};     ///< a start that hangs does not hold others up longer
    std::chrono::milliseconds withdrawn_max{60'000};    ///< whoever withdrew a tenant and died is not waited for
    std::chrono::milliseconds rescan_every{30'000}, log_check_every{10'000};
};

/// What all tenants share. Outlives them.
struct TenantContext {
    boost::asio::io_context& io;
    Layout layout;
    std::string worker_program;
    std::vector<std::string> environment;
    Limits limits;  ///< defaults of mtg.json
    Timings timings;
    TenantSource& source;
    StartSlots& slots;
    SpareWorkers& spares;
    Proxy* proxy = nullptr;                  ///< null until serving
    std::function<void(const TenantId&)> entry_changed;  ///< it was replaced; called before find() knows a new tenant
    std::function<void()> refill_spares;     ///< a start is over; returns at once
    bool compression = false;                ///< mtg.json's
    std::function<void(nlohmann::json event)> tell = {};  ///< something happened to a tenant
    Isolation* isolation = nullptr;
    std::shared_ptr<PortBook> ports = std::make_shared<PortBook>();  ///< shared: places outlive what stops
    std::shared_ptr<Residents> residents = std::make_shared<Residents>(io);
};

/// One tenant's process life. The state is what a person is told; what is true is which workers there are: at most one serves
/// (`current_`), at most one is starting (`next_`), and any number drains (`leaving_`).
/// Shared because coroutines of the control protocol wait for it while it may be removed.
class Tenant : public std::enable_shared_from_this<Tenant>, public Resident, private WorkerObserver {
public:
    Tenant(TenantContext& context, TenantSpec spec, std::uint32_t generation);
    ~Tenant() override;

    const TenantId& id() const { return spec_.id; }
    const std::shared_ptr<const TenantEntry>& entry() const { return entry_; }
    TenantState state() const { return state_; }
    const std::optional<Error>& error() const { return error_; }
    const TenantConfig& config() const { return spec_.config; }
    bool has_worker() const { return current_ || next_ || !leaving_.empty(); }
    /// A worker of ours does, or somebody else's server is said to.
    bool serves() const;
    /// A start or replacement is under way.
    bool in_transition() const { return next_ || waiting_for_slot_; }
    bool withdrawn() const { return withdrawn_; }
    /// `state` of tenant.json as it counts now.
    const std::string& wanted() const { return wanted_state(spec_.config, std::chrono::system_clock::now()); }
    /// Since the gateway knows the tenant: workers started, and those that replaced a dead one or were asked for.
    std::uint64_t starts() const { return starts_; }
    std::uint64_t restarts() const { return restarts_; }
    nlohmann::json status() const;
    /// What each of its processes takes: an array of {"role", "pid", …}. Reads /proc.
    nlohmann::json processes() const;
    /// Private resident memory of the process that serves or starts; 0: there is none. Reads /proc.
    std::uint64_t serving_memory_bytes() const;
    Signal& changed() { return changed_; }

    /// The source says something else, or the same again.
    void apply(TenantSpec spec);
    /// A request waits.
    void want();
    /// Serving has begun: starts an eager tenant.
    void begin();

    void start_now();
    void restart_now();
    void stop_now(std::string reason);
    void withdraw();
    void end_withdrawal();
    /// The tenant is gone, or the gateway ends: no new start, ever.
    void remove(std::string reason);
    void terminate_all();
    void end_streams();
    /// Another gateway serves it: its worker ends, unless somebody still has a request or stream in it.
    void release();
    void check_log();
    /// Not answered yet, and WebSockets and event streams; also those of processes that were replaced.
    struct InHand {
        std::uint64_t requests = 0, streams = 0;
    };
    InHand in_hand() const;

private:
    void worker_ready(Worker& worker) override;
    void worker_draining(Worker& worker) override;
    void worker_warning(Worker& worker, const std::string& text) override;
    void worker_exited(Worker& worker) override;

    // Its part in the budget of all (tenant_place.cpp).
    std::optional<std::chrono::steady_clock::time_point> idle_since() const override;
    bool is_ending() const override { return stopping_; }
    std::uint64_t memory_bytes() const override;
    void make_room(std::string reason) override;
    bool wants_place() const override;
    void place_free(std::unique_ptr<ResidentPlace> place) override;
    void place_not_wanted() override;
    void give_back_place();

    bool may_run() const;
    void set_state(TenantState state, std::string reason);
    void set_gate(Admission admission, unsigned retry_after_s = 1);
    /// Where requests go.
    UpstreamAddress address() const;
    /// Sends them to current_, through another gate if it is reached elsewhere than what served before: true then.
    bool move_to_current();
    void rebuild_entry();
    void watch_suspension();
    void change_gate();
    void forward_to_upstream();
    /// Who wants it started: requests, which it counts, or somebody who waits whether there are requests or not.
    enum class Asked : std::uint8_t { by_requests, otherwise };
    void begin_start(std::string reason, Asked asked = Asked::by_requests);
    void wait_for_slot();
    void spawn_now(StartSlots::Slot slot);
    void cancel_start();
    void start_failed(Error error);
    void settle_stopped();
    /// What becomes of WebSockets and event streams of a process that ends: `live_on` for tunnel_drain at most, if
    /// another one is there for all else.
    enum class Streams : std::uint8_t { end, live_on };
    void retire(std::shared_ptr<Worker> worker, Streams streams);
    void leave(std::shared_ptr<Worker> worker, std::shared_ptr<TenantGate> gate, Streams streams);
    void has_left(const Worker* worker);
    void look_at_leaving();
    void end_leaving_streams();
    void leave_old_connections();
    void stop_workers(TenantState then, std::string reason);
    void after_exit();
    void crashed(const Worker& worker);
    void remember_exit(const Worker& worker);
    void tell_state(TenantState before) const;
    void retry_after(std::chrono::milliseconds wait);
    void watch_idleness();
    void idle_check();
    /// Requests, streams, or a process that was replaced and still has some.
    bool in_use() const;
    void became_idle();
    Result<std::shared_ptr<Worker>> start_worker();
    Status open_listener();
    void close_listener();
    std::vector<std::string> worker_environment() const;

    TenantContext& context_;
    TenantSpec spec_;
    std::shared_ptr<TenantGate> gate_;
    std::shared_ptr<const TenantEntry> entry_;
    Signal changed_;
    boost::asio::steady_timer start_timer_, slot_timer_, retry_timer_, idle_timer_, withdraw_timer_, leave_timer_;
    boost::asio::system_timer until_timer_;  ///< a suspension's end, by the wall clock

    Fd listener_;
    std::shared_ptr<Worker> current_, next_;
    std::vector<std::shared_ptr<Worker>> leaving_;
    std::shared_ptr<TenantGate> program_gate_;  ///< through which a program in current_ gets its requests
    /// Those of leaving_ that have not been told to end: what the gate counts is still in their hands (tenant_leave.cpp).
    struct Farewell {
        std::shared_ptr<Worker> worker;
        std::shared_ptr<TenantGate> gate;
        std::chrono::steady_clock::time_point patient_until, streams_until;
        bool left = false;  ///< no thread of the proxy sends it anything more
    };
    std::vector<Farewell> farewells_;
    StartSlots::Slot slot_;
    std::unique_ptr<ResidentPlace> place_;  ///< from before its first process is started until the last is gone
    Asked asked_ = Asked::by_requests;
    bool waiting_for_slot_ = false, removed_ = false, withdrawn_ = false, stopping_ = false;
    std::string removal_;           ///< why it was removed
    std::string ending_;            ///< why its workers were stopped last
    std::string refused_revision_;  ///< did not start; not tried again until it changes

    TenantState state_ = TenantState::idle;
    std::string reason_ = "not asked for yet";
    std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
    std::optional<std::chrono::steady_clock::time_point> next_try_;
    std::optional<Error> error_;
    unsigned failures_ = 0;
    std::uint64_t starts_ = 0, restarts_ = 0;
    off_t log_from_ = 0;  ///< where in the log the words of the process begin that was started last
    /// How its last process ended, for `mtm why`.
    struct LastExit {
        pid_t pid = 0;
        int code = -1, signal = 0;
        std::chrono::milliseconds ran{0};
        std::chrono::system_clock::time_point at;
        bool asked_for = false;
    };
    std::optional<LastExit> last_exit_;
};

}  // namespace mt::gateway
