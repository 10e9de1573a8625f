#include "gateway/supervisor/control_routes.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/control/document.hpp"

namespace mt::gateway {

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds k_wait_default{30'000}, k_wait_max{600'000};
constexpr milliseconds k_turn{2};  // of the loop, of which others want their share

Result<milliseconds> wait_of(const ControlRequest& request) {
    const auto found = request.query.find("timeout_ms");
    if (found == request.query.end()) return k_wait_default;
    std::int64_t count = 0;
    const auto& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count < 0)
        return Error{Errc::usage, "timeout_ms must be a whole number of at least 0"};
    return std::min(milliseconds{count}, k_wait_max);
}

Error no_such(const TenantId& id) {
    return Error{Errc::no_such_tenant, "there is no tenant '" + id.str() + "'"}.of_tenant(id.str()).hint("mtm list shows them");
}

Error too_late(const Tenant& tenant) {
    return Error{Errc::timed_out, "the tenant is still " + std::string{name(tenant.state())}}.of_tenant(tenant.id().str());
}

}  // namespace

asio::awaitable<Result<json>> ControlRoutes::handle(ControlRequest request) {
    const auto wait = wait_of(request);
    if (!wait.ok()) co_return wait.error();
    const auto deadline = Clock::now() + *wait;
    const auto& path = request.path;
    const bool get = request.method == "GET", post = request.method == "POST";

    if (get && path == "/gateway") co_return supervisor_.gateway_status();
    if (get && path == "/events") co_return supervisor_.events_.recent();
    if (get && path == "/tenants" && request.query.contains("limit")) co_return co_await tenant_page(std::move(request), deadline);
    if (get && path == "/tenants") co_return co_await tenant_list(deadline);
    if (get && (path == "/metrics" || path == "/-/metrics")) co_return co_await metrics(path != "/metrics", deadline);
    if (post && path == "/stop") {
        // After this turn of the loop, so that the answer is on its way first.
        asio::post(supervisor_.io_, [this] { supervisor_.hooks_.stop(); });
        co_return json{{"pid", ::getpid()}, {"state", "stopping"}};
    }
    if (post && path == "/ui") {
        if (supervisor_.hooks_.page_link) co_return supervisor_.hooks_.page_link();
        co_return Error{Errc::conflict, "this gateway has no operator's page"};
    }
    if (post && path == "/restart") co_return co_await supervisor_.hooks_.restart(*wait);
    if (post && path == "/reload") {
        supervisor_.source_->rescan();
        json told{{"pid", ::getpid()}, {"state", "reloaded"}};
        if (supervisor_.hooks_.reload) {
            auto more = supervisor_.hooks_.reload();
            if (!more.ok()) co_return more.error();
            told.update(*more);
        }
        co_return told;
    }
    if (path.starts_with("/tenants/")) {
        auto rest = path.substr(9);
        const auto slash = rest.find('/');
        const auto action = slash == std::string::npos ? std::string{} : rest.substr(slash + 1);
        auto id = TenantId::parse(rest.substr(0, slash));
        if (!id.ok()) co_return std::move(id).error();
        if (get && slash == std::string::npos) {
            const auto tenant = supervisor_.find(id->str());
            if (!tenant) co_return no_such(*id);
            co_return tenant->status();
        }
        if (get && action == "inspect") {
            const auto tenant = supervisor_.find(id->str());
            if (!tenant) co_return no_such(*id);
            auto status = tenant->status();
            status["processes"] = tenant->processes();
            co_return status;
        }
        const auto serve = request.query.find("serve");
        if (post) co_return co_await tenant_action(*id, action, serve != request.query.end() && serve->second != "0", deadline);
    }
    co_return Error{Errc::not_found, "no route " + request.method + " " + path}.hint("this mtg and this mtm may be of different versions");
}

ControlRoutes::Answer ControlRoutes::tenant_list(Clock::time_point deadline) {
    const auto report = co_await traffic(deadline);
    const auto counted = report ? supervisor_.snapshot(*report) : TrafficSnapshot{Clock::now(), {}};
    // Memory is read from /proc, tenant by tenant: in between, the loop turns. By time, since those that are idle cost little.
    std::vector<std::shared_ptr<Tenant>> tenants;
    for (const auto& [id, tenant] : supervisor_.tenants_) tenants.push_back(tenant);
    auto list = json::array();
    auto turn_until = Clock::now() + k_turn;
    for (std::size_t i = 0; i < tenants.size(); ++i) {
        if (i % 10 == 9 && Clock::now() >= turn_until) {
            co_await asio::post(supervisor_.io_, asio::use_awaitable);
            turn_until = Clock::now() + k_turn;
        }
        auto row = tenants[i]->status();
        const auto figures = supervisor_.traffic_.figures(counted, tenants[i]->id().str());
        row["requests_per_second"] = std::round(figures.requests_per_second * 10) / 10;
        row["p95_ms"] = figures.p95_ms ? json(std::round(*figures.p95_ms * 10) / 10) : json();
        list.push_back(std::move(row));
    }
    co_return list;
}

asio::awaitable<std::optional<TrafficReport>> ControlRoutes::traffic(Clock::time_point deadline) {
    const auto arrival = std::make_shared<std::optional<TrafficReport>>();
    const auto signal = std::make_shared<Signal>(supervisor_.io_);
    supervisor_.gather_traffic([arrival, signal](TrafficReport report) {
        *arrival = std::move(report);
        signal->notify();
    });
    while (!*arrival && Clock::now() < deadline) co_await signal->wait(deadline);
    co_return std::move(*arrival);
}

ControlRoutes::Answer ControlRoutes::metrics(bool text, Clock::time_point deadline) {
    const auto report = co_await traffic(deadline);
    if (!report) co_return Error{Errc::timed_out, "not all threads told their figures in time"};
    const auto families = metric_families(*report, supervisor_.figures(*report));
    auto page = metrics_text(families);
    if (text) co_return json(std::move(page));
    co_return json{{"text", std::move(page)}, {"metrics", metrics_json(families)}};
}

ControlRoutes::Answer ControlRoutes::tenant_action(TenantId id, std::string action, bool serve, Clock::time_point deadline) {
    if (action == "sync") co_return co_await sync(id, serve, deadline);
    if (action == "start" || action == "restart") co_return co_await run(id, action, deadline);
    if (action == "stop" || action == "withdraw") co_return co_await halt(id, action == "withdraw", deadline);
    co_return Error{Errc::not_found, "no action '" + action + "'"};
}

ControlRoutes::Answer ControlRoutes::sync(TenantId id, bool serve, Clock::time_point deadline) {
    const auto tenant = supervisor_.sync(id);
    if (tenant && serve) tenant->end_withdrawal();
    co_await published(id, deadline);
    if (!tenant) co_return json{{"id", id.str()}, {"state", "gone"}};
    if (!co_await wait_until(tenant, [](const Tenant& t) { return !t.in_transition(); }, deadline)) co_return too_late(*tenant);
    if (tenant->error() && tenant->state() != TenantState::ready) co_return Error{*tenant->error()}.of_tenant(id.str());
    co_return tenant->status();
}

ControlRoutes::Answer ControlRoutes::run(TenantId id, std::string action, Clock::time_point deadline) {
    const auto tenant = supervisor_.sync(id);
    if (!tenant) co_return no_such(id);
    tenant->end_withdrawal();
    if (const auto& state = tenant->wanted(); state != "running")
        co_return Error{Errc::conflict, "tenant.json says \"state\": \"" + state + "\""}
            .of_tenant(id.str())
            .hint((state == "suspended" ? "mtm resume " : "mtm start ") + id.str());
    if (action == "restart") tenant->restart_now();
    else tenant->start_now();
    if (!co_await wait_until(tenant, [](const Tenant& t) { return !t.in_transition(); }, deadline)) co_return too_late(*tenant);
    if (tenant->error()) co_return Error{*tenant->error()}.of_tenant(id.str());
    if (!tenant->serves())
        co_return Error{Errc::conflict, "the tenant was stopped meanwhile"}.of_tenant(id.str());
    co_return tenant->status();
}

ControlRoutes::Answer ControlRoutes::halt(TenantId id, bool withdraw, Clock::time_point deadline) {
    const auto tenant = supervisor_.sync(id);
    if (!tenant) co_return no_such(id);
    if (withdraw) tenant->withdraw();
    else if (tenant->has_worker() || tenant->in_transition()) tenant->stop_now("stopped by the operator");
    // A request may have started it again at once: then it was stopped, which is what was asked for.
    const auto gone = [](const Tenant& t) { return !t.has_worker() || t.in_transition() || t.serves(); };
    if (!co_await wait_until(tenant, gone, deadline)) co_return too_late(*tenant);
    co_return tenant->status();
}

asio::awaitable<bool> ControlRoutes::wait_until(std::shared_ptr<Tenant> tenant, bool (*done)(const Tenant&), Clock::time_point deadline) {
    while (!done(*tenant)) {
        if (Clock::now() >= deadline) co_return false;
        co_await tenant->changed().wait(deadline);
    }
    co_return true;
}

asio::awaitable<void> ControlRoutes::published(TenantId id, Clock::time_point deadline) {
    supervisor_.publish_now();
    // drop_idle travels the same way as the table, behind it: its answer says that every proxy thread has the new one.
    const auto seen = std::make_shared<bool>(false);
    const auto signal = std::make_shared<Signal>(supervisor_.io_);
    supervisor_.context_.proxy->drop_idle(id, [seen, signal, &io = supervisor_.io_] {
        asio::post(io, [seen, signal] {
            *seen = true;
            signal->notify();
        });
    });
    while (!*seen && Clock::now() < deadline) co_await signal->wait(deadline);
}

}  // namespace mt::gateway
