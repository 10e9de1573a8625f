#include "base/cli/disk_room.hpp"

#include <sys/statvfs.h>

#include <cstdint>

#include "base/units.hpp"

namespace mt::cli {

namespace {

constexpr std::uint64_t k_room_least = 100u << 20, k_room_wanted = 1u << 30;

}  // namespace

void examine_room(const std::filesystem::path& folder, Findings& findings) {
    struct statvfs system {};
    if (::statvfs(folder.c_str(), &system) != 0) return;
    const auto room = static_cast<std::uint64_t>(system.f_bavail) * system.f_frsize;
    const auto found = format_size(room) + " free, " + std::to_string(system.f_favail) + " files";
    const auto fix = "free some: df -h " + folder.native() + "; the trash: mtm purge";
    if (room < k_room_least || (system.f_files > 0 && system.f_favail < 1000)) findings.fail("disk", found, fix);
    else if (room < k_room_wanted) findings.warn("disk", found, fix);
    else findings.ok("disk", found);
}

}  // namespace mt::cli
