#include "gateway/supervisor/aliases.hpp"

#include <sys/stat.h>

#include <ctime>
#include <unordered_map>

namespace mt::gateway {

namespace {

constexpr std::int64_t k_second_ns = 1'000'000'000;

std::int64_t in_ns(const timespec& time) { return time.tv_sec * k_second_ns + time.tv_nsec; }

}  // namespace

void AliasBook::read_if_changed() {
    struct stat info {};
    if (::stat(folder_.c_str(), &info) != 0) {
        aliases_.clear();
        read_ = {};
        return;
    }
    const Version version{info.st_ino, in_ns(info.st_mtim)};
    if (version == read_) return;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    // Within one tick of the file system's clock two changes look like one.
    const bool is_settled = in_ns(now) - version.second > k_second_ns;
    read_ = is_settled ? version : Version{};
    aliases_ = read_aliases(folder_);
}

SharedMap<AliasEntry> AliasBook::resolve(const std::map<std::string, std::shared_ptr<Tenant>>& tenants) {
    read_if_changed();
    SharedMap<AliasEntry> found;
    std::unordered_map<std::string, std::vector<const Alias*>> renamed_again;  // by key
    const auto now = std::chrono::system_clock::now();
    for (const auto& alias : aliases_) {
        if (alias.until <= now || tenants.contains(alias.from)) continue;
        const auto named = tenants.find(alias.to);
        if (named != tenants.end() && named->second->config().key == alias.key)
            found.set(alias.from, {alias.to, alias.until});
        else renamed_again[alias.key].push_back(&alias);
    }
    if (renamed_again.empty()) return found;
    for (const auto& [id, tenant] : tenants)
        if (const auto theirs = renamed_again.find(tenant->config().key); theirs != renamed_again.end())
            for (const auto* alias : theirs->second)
                if (!found.contains(alias->from)) found.set(alias->from, {id, alias->until});
    return found;
}

}  // namespace mt::gateway
