#include "gateway/isolation/tenant_uids.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <vector>

namespace mt::gateway {

namespace fs = std::filesystem;

namespace {

/// FNV-1a: any even spread does. It only has to find free numbers fast, and to give a tenant that was removed, whose
/// files may still lie in the trash, and one that is new different numbers as a rule.
std::uint64_t spread(std::string_view text) {
    std::uint64_t hash = 14'695'981'039'346'656'037ull;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ull;
    return hash;
}

}  // namespace

TenantUids::TenantUids(UidRange range, fs::path tenants) : range_(range), tenants_(std::move(tenants)) {}

std::optional<uid_t> TenantUids::group_of(const std::string& tenant) const {
    struct stat info {};
    if (::lstat((tenants_ / tenant).c_str(), &info) != 0 || !range_.has(info.st_gid)) return std::nullopt;
    return info.st_gid;
}

/// Nobody has it, or who had it is gone or has another one by now. Who was given one and has not started yet keeps it.
bool TenantUids::is_free_for(uid_t uid, const std::string& tenant) const {
    const auto owner = owners_.find(uid);
    if (owner == owners_.end() || owner->second == tenant) return true;
    std::error_code error;
    return !fs::exists(tenants_ / owner->second, error) || group_of(owner->second).value_or(uid) != uid;
}

void TenantUids::look_at_all() {
    if (std::exchange(looked_, true)) return;
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at{tenants_, error}, end; !error && at != end; at.increment(error))
        names.push_back(at->path().filename().native());
    std::sort(names.begin(), names.end());
    for (const auto& name : names)
        if (const auto uid = group_of(name); uid && TenantId::is_valid(name)) owners_.try_emplace(*uid, name);
}

std::optional<uid_t> TenantUids::of(const TenantId& tenant) {
    const auto& name = tenant.str();
    if (const auto uid = group_of(name); uid && is_free_for(*uid, name)) {
        owners_[*uid] = name;
        return uid;
    }
    look_at_all();
    const auto start = spread(name) % range_.size();
    for (std::size_t i = 0; i < range_.size(); ++i) {
        const auto uid = static_cast<uid_t>(range_.first + (start + i) % range_.size());
        if (!is_free_for(uid, name)) continue;
        owners_[uid] = name;
        return uid;
    }
    return std::nullopt;
}

}  // namespace mt::gateway
