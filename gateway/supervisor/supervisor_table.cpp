// What the proxy is told of all tenants. One table is kept and changed where a tenant has changed, so that one more
// tenant costs the same whether there are ten others or ten thousand.
#include <algorithm>
#include <boost/asio/post.hpp>

#include "gateway/supervisor/supervisor.hpp"

namespace mt::gateway {

namespace asio = boost::asio;

std::shared_ptr<const TenantTable> Supervisor::table() {
    for (const auto& id : std::exchange(stale_, {})) {
        const auto tenant = find(id);
        if (!tenant) {
            table_.erase(id);
            continue;
        }
        table_.set(id, tenant->entry());
        if (const auto hosts = hosts_of_.find(id); hosts != hosts_of_.end())
            for (const auto& host : hosts->second) table_.hosts.set(host, tenant->entry());
    }
    table_.aliases = aliases_.resolve(tenants_);
    return std::make_shared<const TenantTable>(table_);
}

void Supervisor::entry_changed(const std::string& id) {
    stale_.insert(id);
    publish_soon();
}

void Supervisor::claim_hosts(TenantSpec& spec) {
    const auto& id = spec.id.str();
    if (spec.error) return;  // the last good content stays in force, and with it its hosts
    const auto& hosts = spec.config.hosts;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        const auto owner = host_owners_.find(hosts[i]);
        if (owner == host_owners_.end() || owner->second == id) continue;
        spec.error = host_taken(context_.layout.tenant(spec.id) / "tenant.json", i, owner->second).of_tenant(id);
        waiting_for_host_.insert(id);
        return;
    }
    waiting_for_host_.erase(id);
    const bool given_up = give_up_hosts(id, hosts);
    for (const auto& host : hosts) host_owners_.emplace(host, id);
    if (!hosts.empty()) hosts_of_[id] = hosts;
    if (!hosts.empty() || given_up) entry_changed(id);
    if (given_up) hosts_given_up();
}

bool Supervisor::give_up_hosts(const std::string& id, const std::vector<std::string>& kept) {
    const auto theirs = hosts_of_.find(id);
    if (theirs == hosts_of_.end()) return false;
    bool any = false;
    for (const auto& host : theirs->second) {
        if (std::find(kept.begin(), kept.end(), host) != kept.end()) continue;
        host_owners_.erase(host);
        table_.hosts.erase(host);
        any = true;
    }
    hosts_of_.erase(theirs);
    return any;
}

void Supervisor::hosts_given_up() {
    // Later: whoever waits is read again, and may take what is free now.
    asio::post(io_, lifeline_.guard([this] {
        if (stopping_) return;
        for (const auto& id : std::set<std::string>{waiting_for_host_}) sync(*TenantId::parse(id));
    }));
}

void Supervisor::publish_soon() {
    if (!context_.proxy || std::exchange(publish_pending_, true)) return;
    asio::post(io_, lifeline_.guard([this] {
        if (publish_pending_) publish_now();
    }));
}

void Supervisor::publish_now() {
    publish_pending_ = false;
    if (context_.proxy) context_.proxy->publish(table());
}

}  // namespace mt::gateway
