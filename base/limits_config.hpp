#pragma once
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/config_object.hpp"

namespace mt {

/// `limits` of tenant.json and mtg.json: what is absent is left to the level above. Keys that are accepted and not acted upon
/// yet (rate, memory, cpu …) are type-checked only.
struct LimitsConfig {
    std::optional<std::uint64_t> body_bytes;
    std::optional<std::chrono::milliseconds> body_timeout, answer_timeout, tunnel_idle, queue_wait;
    std::optional<std::uint32_t> queue;

    // Of the whole gateway, hence in mtg.json only.
    std::optional<std::uint64_t> head_bytes;
    std::optional<std::chrono::milliseconds> head_timeout, idle_timeout;
    std::optional<std::uint32_t> connections;

    bool operator==(const LimitsConfig&) const = default;
};

/// `gateway` allows the keys that only mtg.json has. Fails with invalid_config.
Status read_limits(const ordered_json& value, const ConfigPlace& at, bool gateway, LimitsConfig& limits);

}  // namespace mt
