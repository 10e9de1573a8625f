#include "gateway/supervisor/supervisor.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include "base/cores.hpp"
#include "base/listen_text.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "gateway/supervisor/control_routes.hpp"
#include "gateway/supervisor/folder_source.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

unsigned starts(unsigned wanted) { return wanted ? wanted : usable_cores(); }

}  // namespace

Supervisor::Supervisor(asio::io_context& io, SupervisorOptions options, std::unique_ptr<TenantSource> source)
    : io_(io),
      source_(source ? std::move(source)
                     : std::make_unique<FolderSource>(io, options.layout.tenants(), options.timings.rescan_every)),
      slots_(io, starts(options.starts_max)),
      spares_(options.worker_program, options.environment, options.spares),
      isolation_(options.uids, options.layout.tenants(), !options.takes_over),
      context_{io, options.layout, std::move(options.worker_program), std::move(options.environment), options.limits,
               options.timings, *source_, slots_, spares_, nullptr, [this](const TenantId& id) { entry_changed(id.str()); },
               [this] { refill_spares_soon(); }, options.compression,
               [this](json event) { events_.add(std::move(event)); }, &isolation_},
      aliases_(context_.layout.aliases()), leaving_timer_(io), log_timer_(io), traffic_timer_(io) {
    set_budget(options.resident);
}

Supervisor::~Supervisor() { control_.reset(); }

Status Supervisor::load() {
    for (const auto& folder : {context_.layout.run(), context_.layout.run() / "log", context_.layout.sockets()}) {
        if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return errno_error("create", folder.native());
    }
    remove_program_sockets(context_.layout.sockets());
    MT_TRY(auto specs, source_->snapshot());
    for (auto& spec : specs) add(std::move(spec));
    return {};
}

void Supervisor::add(TenantSpec spec) {
    claim_hosts(spec);
    auto id = spec.id.str();
    const auto former = generations_.find(id);
    tenants_[std::move(id)] =
        std::make_shared<Tenant>(context_, std::move(spec), former == generations_.end() ? 0 : former->second + 1);
}

Status Supervisor::serve(Proxy& proxy, GatewayHooks hooks) {
    MT_CHECK(open_control());
    begin(proxy, std::move(hooks));
    return {};
}

Status Supervisor::open_control() {
    if (control_ && control_->in_place()) return {};
    auto routes = std::make_shared<ControlRoutes>(*this);
    MT_TRY(control_, ControlServer::listen(io_, context_.layout.control_socket(),
                                           [routes](ControlRequest request) { return routes->handle(std::move(request)); },
                                           {{"/-/metrics", "text/plain; version=0.0.4; charset=utf-8"}},
                                           [routes](const ControlRequest& request) { return routes->stream(request); }));
    return {};
}

void Supervisor::begin(Proxy& proxy, GatewayHooks hooks) {
    hooks_ = std::move(hooks);
    context_.proxy = &proxy;
    source_->watch([this](const TenantId& id) { sync(id); });
    for (const auto& [id, tenant] : tenants_) tenant->begin();
    check_logs();
    refill_spares_soon();
    traffic_.keep({steady_clock::now(), {}});
    sample_traffic();
    snapshots_ = std::make_unique<SnapshotSchedule>(io_, context_.layout, program_folder() / "mtm",
                                                    context_.environment, [this] { return snapshot_wishes(); });
    snapshots_->begin();
}

/// Behind whatever is to be done now, such as to let the requests pass that have waited for a start.
void Supervisor::refill_spares_soon() {
    asio::post(io_, lifeline_.guard([this] {
        if (!stopping_) spares_.refill();
    }));
}

std::vector<SnapshotSchedule::Wish> Supervisor::snapshot_wishes() const {
    std::vector<SnapshotSchedule::Wish> wishes;
    for (const auto& [id, tenant] : tenants_)
        if (const auto& config = tenant->config(); config.snapshots_every.count() > 0)
            wishes.push_back({*TenantId::parse(id), config.key, config.snapshots_every});
    return wishes;
}

void Supervisor::want(const TenantId& id) {
    // Posted from proxy threads: it may run after the supervisor is gone, which a test does and a gateway must not rely on.
    asio::post(io_, lifeline_.guard([this, id] {
        if (stopping_) return;
        if (const auto tenant = find(id.str())) tenant->want();
    }));
}

std::shared_ptr<Tenant> Supervisor::find(const std::string& id) const {
    const auto found = tenants_.find(id);
    return found == tenants_.end() ? nullptr : found->second;
}

std::shared_ptr<Tenant> Supervisor::sync(const TenantId& id) {
    if (stopping_) return find(id.str());
    auto spec = source_->read(id);
    if (!spec) {
        remove(id);
        return nullptr;
    }
    const bool ends = !spec->error && wanted_state(spec->config, std::chrono::system_clock::now()) != "running";
    if (left_ && !ends) return find(id.str());
    if (const auto tenant = find(id.str())) {
        claim_hosts(*spec);
        tenant->apply(*std::move(spec));
        return tenant;
    }
    log::info("tenant=" + id.str() + " event=added");
    events_.add({{"id", id.str()}, {"event", "added"}});
    add(*std::move(spec));
    const auto tenant = find(id.str());
    tenant->begin();
    return tenant;
}

void Supervisor::remove(const TenantId& id) {
    const auto tenant = find(id.str());
    if (!tenant) return;
    log::info("tenant=" + id.str() + " event=removed");
    events_.add({{"id", id.str()}, {"event", "removed"}});
    if (give_up_hosts(id.str(), {})) hosts_given_up();
    waiting_for_host_.erase(id.str());
    tenants_.erase(id.str());
    entry_changed(id.str());
    tenant->remove("removed");
    removed_workers_.starts += tenant->starts();
    removed_workers_.restarts += tenant->restarts();
    // Its last workers count on while they drain; the id may come back before they are gone.
    generations_[id.str()] = tenant->entry()->gate->generation() + 16;
    leaving_.push_back(tenant);
    if (leaving_.size() == 1) reap_later();
}

void Supervisor::reap_leaving() {
    std::erase_if(leaving_, [this](const auto& tenant) {
        if (tenant->has_worker()) return false;
        if (!find(tenant->id().str())) isolation_.forget(tenant->id());
        return true;
    });
    if (stopping_ && leaving_.empty()) {
        const bool busy = std::any_of(tenants_.begin(), tenants_.end(), [](const auto& row) { return row.second->has_worker(); });
        if (!busy) {
            if (const auto done = std::exchange(stopped_, nullptr)) done();
            return;
        }
    }
    if (!leaving_.empty() || stopping_) reap_later();
}

void Supervisor::reap_later() {
    // Few tenants leave at a time, and not often: looking is simpler than being told.
    leaving_timer_.expires_after(milliseconds{20});
    leaving_timer_.async_wait(lifeline_.guard([this](boost::system::error_code error) {
        if (!error) reap_leaving();
    }));
}

void Supervisor::check_logs() {
    for (const auto& [id, tenant] : tenants_) tenant->check_log();
    log_timer_.expires_after(context_.timings.log_check_every);
    log_timer_.async_wait(lifeline_.guard([this](boost::system::error_code error) {
        if (!error && !left_) check_logs();
    }));
}

void Supervisor::stop(std::function<void()> done) {
    stopping_ = true;
    spares_.dismiss();
    stopped_ = std::move(done);
    snapshots_.reset();
    for (const auto& [id, tenant] : tenants_) tenant->remove("the gateway stops");
    reap_leaving();
}

void Supervisor::stop_at_once() {
    for (const auto& [id, tenant] : tenants_) tenant->terminate_all();
    for (const auto& tenant : leaving_) tenant->terminate_all();
}

void Supervisor::end_streams() {
    for (const auto& [id, tenant] : tenants_) tenant->end_streams();
}

void Supervisor::close_control() { control_.reset(); }

json Supervisor::gateway_status() const {
    std::map<TenantState, std::size_t> counts;
    for (const auto& [id, tenant] : tenants_) ++counts[tenant->state()];
    json tenants{{"total", tenants_.size()}};
    using enum TenantState;
    for (const auto state : {ready, idle, starting, draining, backoff, failed, degraded, stopped, suspended})
        tenants[std::string{name(state)}] = counts[state];
    auto listen = json::array(), tls_listen = json::array();
    for (const auto& address : context_.proxy->bound())
        (address.tls ? tls_listen : listen).push_back(ListenText{address.host, address.port}.str());
    const auto counters = context_.proxy->counters();
    const auto& residents = *context_.residents;
    const json resident{{"tenants", residents.tenants()}, {"max_resident", residents.budget().tenants_max},
                        {"memory_bytes", residents.budget().bytes_max ? json(residents.bytes()) : json()},
                        {"memory_budget", residents.budget().bytes_max}, {"waiting", residents.waiting()}};
    return {{"version", MT_VERSION}, {"pid", ::getpid()}, {"started", format_time(started_)},
            {"uptime_ms", std::chrono::duration_cast<milliseconds>(steady_clock::now() - started_steady_).count()},
            {"listen", listen}, {"tls_listen", tls_listen}, {"tenants_folder", context_.layout.tenants().native()},
            {"control_socket", context_.layout.control_socket().native()}, {"tenants", tenants}, {"resident", resident},
            {"connections", counters.connections}, {"requests", counters.requests},
            {"state", stopping_ ? "stopping" : "serving"},
            {"draining", hooks_.draining ? hooks_.draining() : json::array()}};
}

}  // namespace mt::gateway
