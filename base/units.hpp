#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.hpp"
#include "base/result.hpp"

namespace mt {

/// "300ms", "10s", "5m", "1h", "7d"; "0" alone is zero. Fails with invalid_config.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest form that parse_duration reads back: "90s", "5m".
std::string format_duration(std::chrono::milliseconds duration);

/// "512", "64KiB", "1MiB", "2GiB". Fails with invalid_config.
Result<std::uint64_t> parse_size(std::string_view text);
/// The shortest form that parse_size reads back: "64KiB", "1000B".
std::string exact_size(std::uint64_t bytes);
/// For people: "12.3 MiB".
std::string format_size(std::uint64_t bytes);

/// "100/s", "30/m", "5000/h"; "0" is no limit. Fails with invalid_config.
Result<Rate> parse_rate(std::string_view text);
/// What parse_rate reads back.
std::string format_rate(const Rate& rate);

/// "50%", "200%"; "0" is no limit. Fails with invalid_config.
Result<CpuShare> parse_cpu(std::string_view text);
/// What parse_cpu reads back.
std::string format_cpu(const CpuShare& share);

/// RFC 3339 UTC with milliseconds: "2026-11-20T19:15:00.123Z".
std::string format_time(std::chrono::system_clock::time_point time);
/// RFC 3339, as "2026-12-01T08:00:00Z" or "2026-12-01T09:00:00.5+01:00", cut to milliseconds; a date alone is its
/// midnight, UTC. Fails with invalid_config.
Result<std::chrono::system_clock::time_point> parse_time(std::string_view text);

}  // namespace mt
