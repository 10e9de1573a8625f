#pragma once
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt {

/// What the gateway tells a process of a tenant's about its walls: whose rights it takes and how much it may use.
/// Everything else (folders, ports) that process knows from the tenant's files. It travels in the environment, as
/// MTG_SANDBOX.
struct IsolationOrder {
    bool off = false;          ///< tenant.json says "isolation": "off"
    std::optional<uid_t> uid;  ///< gid, too
    std::string why_no_uid;    ///< if there is none
    std::uint64_t memory_bytes = 0, disk_bytes = 0;         ///< 0: any number, as below
    std::uint32_t cpu_percent = 0, pids = 0, open_files = 0;
    struct Cgroup {
        std::string controller;  ///< memory, cpu or pids
        std::string file;        ///< writing "0" to it moves the writer in
        std::string why_not;     ///< if `file` is empty
        bool operator==(const Cgroup&) const = default;
    };
    std::vector<Cgroup> cgroups;

    bool operator==(const IsolationOrder&) const = default;
};

/// One line of JSON.
std::string isolation_text(const IsolationOrder& order);
/// Fails with bad_request: it comes from the gateway, so that is a mistake of ours or another version.
Result<IsolationOrder> parse_isolation(const std::string& text);

}  // namespace mt
