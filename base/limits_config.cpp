#include "base/limits_config.hpp"

#include <nlohmann/json.hpp>

namespace mt {

Status read_limits(const ordered_json& value, const ConfigPlace& at, bool gateway, LimitsConfig& limits) {
    std::optional<std::uint32_t> count;  // of keys that nothing acts upon yet
    std::optional<std::uint64_t> size;
    std::vector<ConfigKey> keys{
        {"body", read_size_into(limits.body_bytes)},
        {"body_timeout", read_into(limits.body_timeout)},
        {"answer_timeout", read_into(limits.answer_timeout)},
        {"tunnel_idle", read_into(limits.tunnel_idle)},
        {"queue", read_into(limits.queue)},
        {"queue_wait", read_into(limits.queue_wait)},
        {"rate", read_any_text()},
        {"burst", read_into(count)},
        {"concurrency", read_into(count)},
        {"memory", read_size_into(size)},
        {"cpu", read_any_text()},
        {"pids", read_into(count)},
        {"files", read_into(count)},
        {"disk", read_size_into(size)},
    };
    if (gateway) {
        keys.push_back({"head", read_size_into(limits.head_bytes)});
        keys.push_back({"head_timeout", read_into(limits.head_timeout)});
        keys.push_back({"idle_timeout", read_into(limits.idle_timeout)});
        keys.push_back({"connections", read_into(limits.connections)});
    }
    return read_object(value, at, keys);
}

}  // namespace mt
