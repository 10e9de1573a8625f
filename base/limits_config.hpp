#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/config_object.hpp"
#include "base/limits.hpp"

namespace mt {

/// `limits` of tenant.json or mtg.json: what is absent is left to the level above. The members are those of Limits.
struct LimitsConfig {
    using milliseconds = std::chrono::milliseconds;
    std::optional<std::uint64_t> request_line_bytes, head_bytes, body_bytes, memory_bytes, disk_bytes;
    std::optional<std::uint32_t> fields, connections, queue, burst, concurrency, pids, open_files;
    std::optional<milliseconds> head_timeout, idle_timeout, body_timeout, connect_timeout, answer_timeout, tunnel_idle,
        tunnel_drain, queue_wait;
    std::optional<Rate> rate;
    std::optional<CpuShare> cpu;

    bool operator==(const LimitsConfig&) const = default;
};

/// One key of `limits`. The same row reads it, merges it, shows it and describes it.
template <class T>
struct LimitKey {
    const char* name;  ///< in the files
    std::optional<T> LimitsConfig::*given;
    T Limits::*value;
    T least, most;
    bool gateway_only;  ///< mtg.json alone may have it
    const char* meaning;
};
using AnyLimitKey = std::variant<LimitKey<std::uint64_t>, LimitKey<std::uint32_t>, LimitKey<std::chrono::milliseconds>,
                                 LimitKey<Rate>, LimitKey<CpuShare>>;

/// All of them, in the order in which they are shown. Sizes are uint64_t, counts uint32_t.
const std::vector<AnyLimitKey>& limit_keys();

/// `gateway` allows the keys that only mtg.json has. Fails with invalid_config.
Status read_limits(const ordered_json& value, const ConfigPlace& at, bool gateway, LimitsConfig& limits);

/// `limits` with what `config` says instead.
Limits merge(Limits limits, const LimitsConfig& config);

}  // namespace mt
