#include "gateway/isolation/isolation.hpp"

#include <unistd.h>

#include "base/files.hpp"
#include "gateway/isolation/rights.hpp"

namespace mt::gateway {

namespace {

std::map<std::string, CgroupPlace> our_cgroups() {
    const auto cgroup = read_file("/proc/self/cgroup"), mounts = read_file("/proc/self/mountinfo");
    return cgroup_places(cgroup.ok() ? *cgroup : "", mounts.ok() ? *mounts : "");
}

}  // namespace

Isolation::Isolation(std::optional<UidRange> uids, const std::filesystem::path& tenants, bool alone)
    : cgroups_(our_cgroups(), tenants, alone) {
    const auto missing = missing_rights();
    if (!uids) why_no_uids_ = "uids of mtg.json is off";
    else if (!missing.empty())
        why_no_uids_ = "the gateway runs as uid " + std::to_string(::geteuid()) + " without " + missing;
    else uids_.emplace(*uids, tenants);
}

IsolationOrder Isolation::order(const TenantId& tenant, const TenantConfig& config, const Limits& limits) {
    IsolationOrder order;
    order.off = config.isolation == "off";
    if (order.off) return order;
    if (uids_) order.uid = uids_->of(tenant);
    if (!order.uid) order.why_no_uid = uids_ ? "all numbers of uids (mtg.json) are in use" : why_no_uids_;
    if (config.is_command() && config.command.listen == "socket" && order.uid) {
        order.uid.reset();
        order.why_no_uid = "another user cannot reach $SOCKET in the gateway's folder of sockets; \"listen\": \"fd\" has a user of its own";
    }
    order.memory_bytes = limits.memory_bytes;
    order.disk_bytes = limits.disk_bytes;
    order.cpu_percent = limits.cpu.percent;
    order.pids = limits.pids;
    order.open_files = limits.open_files;
    order.cgroups = cgroups_.of(tenant.str(), limits);
    return order;
}

}  // namespace mt::gateway
