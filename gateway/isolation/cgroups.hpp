#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/isolation_order.hpp"
#include "base/limits.hpp"

namespace mt::gateway {

/// A controller's folder in which we may make folders of our own, or why there is none.
struct CgroupPlace {
    std::filesystem::path folder;
    bool unified = false;  ///< cgroup v2
    std::string why_not;
};

/// Where memory, cpu and pids can be limited, from the texts of /proc/self/cgroup and /proc/self/mountinfo. A cgroup
/// has one master: ours is what was given to us (systemd's Delegate=yes) or the hierarchy's root, in which nobody put
/// us; and only if we can write there.
std::map<std::string, CgroupPlace> cgroup_places(std::string_view cgroup, std::string_view mountinfo);

/// One cgroup per tenant that has run and controller, named after the tenants folder and the tenant. They limit what all
/// processes of a tenant use together, also those of two gateways of which one takes over from the other. They go
/// with the tenant; and empty ones when a gateway starts or ends that is alone: one that is made and not entered yet looks like one that was left.
class Cgroups {
public:
    /// `alone`: no other gateway has processes in these cgroups.
    Cgroups(std::map<std::string, CgroupPlace> places, const std::filesystem::path& tenants, bool alone);
    ~Cgroups();
    Cgroups(const Cgroups&) = delete;
    Cgroups& operator=(const Cgroups&) = delete;

    /// Sets what is limited; an entry for each controller whose limit is not 0. Takes 0.1 ms the first time.
    std::vector<IsolationOrder::Cgroup> of(const std::string& tenant, const Limits& limits);
    /// Those of a tenant that is gone. Does nothing where it has processes, or another gateway may make one.
    void remove(const std::string& tenant);
    void set_alone(bool alone) { alone_ = alone; }

private:
    void take_unified_root();
    void sweep();

    std::map<std::string, CgroupPlace> places_;
    std::string prefix_;
    bool alone_;
};

}  // namespace mt::gateway
