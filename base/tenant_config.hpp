#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/command_config.hpp"
#include "base/limits_config.hpp"
#include "base/upstream_address.hpp"

namespace mt {

/// tenant.json: what the operator wants of a tenant. Every key is optional; an empty or missing file means the defaults.
struct TenantConfig {
    std::string key;                ///< opaque name of what belongs to the tenant elsewhere
    std::string state = "running";  ///< running, stopped or suspended
    std::string start = "on-demand";
    std::string reason;             ///< of a suspension
    std::optional<std::chrono::system_clock::time_point> until;  ///< a suspension ends by itself then
    std::string isolation = "default";
    bool is_protected = false;
    std::chrono::milliseconds idle_stop{300'000};  ///< 0: never
    std::map<std::string, std::string> labels;
    std::chrono::milliseconds snapshots_every{0};  ///< 0: none is taken by itself
    std::uint32_t snapshots_keep = 7;              ///< older ones of those go
    CommandConfig command;                    ///< with words: a program of the user's instead of our worker
    std::optional<UpstreamAddress> upstream;  ///< somebody else's server instead of a worker of ours
    bool strip_prefix = true;                 ///< false: the worker gets the path with the tenant's name
    std::vector<std::string> hosts;           ///< lower-case names that reach the tenant, `*.example.com` among them
    LimitsConfig limits;
    std::optional<bool> compression;  ///< absent: as mtg.json says

    /// A program of the user's serves it.
    bool is_command() const { return !command.words.empty(); }
};

/// `state` as it counts at that time: a suspension whose `until` has come is "running".
const std::string& wanted_state(const TenantConfig& config, std::chrono::system_clock::time_point now);

/// The text of a tenant.json. Fails as read_tenant_config does.
Result<TenantConfig> parse_tenant_config(const JsonFile& file);

/// `display` is what messages call the file. Fails with invalid_config at a line and pointer: an unknown key, a wrong type, or
/// both `command` and `upstream`.
Result<TenantConfig> read_tenant_config(const std::filesystem::path& path, std::string display = {});

/// What the owner of `path` is told when its host number `index` is another tenant's: file, line and pointer.
Error host_taken(const std::filesystem::path& path, std::size_t index, const std::string& owner);

}  // namespace mt
