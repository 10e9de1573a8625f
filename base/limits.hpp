#pragma once
#include <chrono>
#include <cstdint>

namespace mt {

/// So many in so long, such as 100/s. A count of 0 is no limit.
struct Rate {
    std::uint32_t count = 0;
    std::chrono::milliseconds per{1000};
    bool operator==(const Rate&) const = default;
};

/// Of one processor: 100 is all of it, 200 two of them, 0 any number.
struct CpuShare {
    std::uint32_t percent = 0;
    bool operator==(const CpuShare&) const = default;
};

/// How much of everything a request, a connection or a tenant may have (docs/GATEWAY.md section 3). The values here are
/// the defaults; names, ranges and meanings are in the table of limits_config.cpp, which docs/CONFIGURATION.md repeats.
struct Limits {
    using milliseconds = std::chrono::milliseconds;

    // Of the whole gateway: they act before it is known whom a request is for.
    std::uint64_t request_line_bytes = 8u << 10;
    std::uint64_t head_bytes = 16u << 10;
    std::uint32_t fields = 100;
    milliseconds head_timeout{10'000};
    milliseconds idle_timeout{60'000};
    std::uint32_t connections = 0;

    // Of each tenant.
    std::uint64_t body_bytes = 1u << 20;
    milliseconds body_timeout{30'000};
    milliseconds connect_timeout{1'000};
    milliseconds answer_timeout{60'000};
    milliseconds tunnel_idle{3'600'000};
    milliseconds tunnel_drain{3'600'000};
    std::uint32_t queue = 100;
    milliseconds queue_wait{10'000};
    Rate rate;
    std::uint32_t burst = 0;
    std::uint32_t concurrency = 0;

    // Of each tenant's processes (docs/ISOLATION.md); 0 is any number.
    std::uint64_t memory_bytes = 512u << 20;
    CpuShare cpu;
    std::uint32_t pids = 256;
    std::uint32_t open_files = 4096;
    std::uint64_t disk_bytes = 0;

    bool operator==(const Limits&) const = default;
};

/// The most tokens a tenant's bucket holds: `burst`, or else what the rate gives in a second, and at least one.
std::uint32_t burst_of(const Limits& limits);

}  // namespace mt
