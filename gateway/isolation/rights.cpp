#include "gateway/isolation/rights.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace mt::gateway {

std::string missing_rights() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    ::syscall(SYS_capget, &header, sets.data());
    std::string missing;
    constexpr std::array wanted{std::pair{CAP_SETUID, "CAP_SETUID"}, std::pair{CAP_SETGID, "CAP_SETGID"},
                                std::pair{CAP_CHOWN, "CAP_CHOWN"}, std::pair{CAP_KILL, "CAP_KILL"}};
    for (const auto& [capability, name] : wanted)
        if (!(sets[0].effective >> capability & 1)) missing += (missing.empty() ? "" : ", ") + std::string{name};
    return missing;
}

}  // namespace mt::gateway
