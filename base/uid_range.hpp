#pragma once
#include <sys/types.h>

#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace mt {

/// Numbers of users and groups that belong to nobody else on the machine, one per tenant; both ends count.
struct UidRange {
    uid_t first = 0, last = 0;

    std::size_t size() const { return std::size_t{last} - first + 1; }
    bool has(uid_t uid) const { return uid >= first && uid <= last; }
    bool operator==(const UidRange&) const = default;
};

/// `uids` of mtg.json: "300000-365535". Fails with invalid_config: not two numbers, below 1000, the first above the
/// last, above 4294967293 (the last two numbers mean "nobody" and "unchanged" to the kernel).
Result<UidRange> parse_uid_range(std::string_view text);

/// The default. systemd's table of user numbers leaves 1879048192 to 2147483647 to nobody, beyond those of containers.
inline constexpr UidRange k_standard_uids{1'880'000'000, 1'880'065'535};

}  // namespace mt
