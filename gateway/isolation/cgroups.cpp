#include "gateway/isolation/cgroups.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <sstream>

#include "base/files.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;

namespace {

constexpr std::array k_controllers{"memory", "cpu", "pids"};
constexpr std::uint64_t k_period_us = 100'000;

constexpr std::string_view k_own = "mtg-gateway";  // below the gateway's v2 cgroup, for itself

bool in_list(const std::string& list, const std::string& word) {
    return ("," + list + ",").find("," + word + ",") != std::string::npos;
}

/// controllers (empty: v2) to path, of lines such as "4:memory:/a".
std::map<std::string, std::string> memberships(std::string_view text) {
    std::map<std::string, std::string> out;
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (second == std::string::npos) continue;
        out[line.substr(first + 1, second - first - 1)] = line.substr(second + 1);
    }
    return out;
}

/// The gateway's cgroup as it was given to it: a process that takes over is started in the one that its predecessor
/// made for itself.
std::string given(std::string path) {
    const auto slash = path.rfind('/');
    if (std::string_view{path}.substr(slash + 1) != k_own) return path;
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// Where a hierarchy is mounted: "36 35 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
/// (proc_pid_mountinfo(5)). `option` empty: the v2 one. Only mounts of the hierarchy's own root count.
std::string mounted_at(std::string_view mountinfo, const std::string& option) {
    std::istringstream lines{std::string{mountinfo}};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string id, parent, device, root, point, word, type, source, options;
        words >> id >> parent >> device >> root >> point;
        while (words >> word && word != "-") {}
        words >> type >> source >> options;
        if (root != "/") continue;
        if (option.empty() ? type == "cgroup2" : type == "cgroup" && in_list(options, option)) return point;
    }
    return {};
}

bool is_delegated(const fs::path& folder) {
    char value = 0;
    for (const char* name : {"trusted.delegate", "user.delegate"})
        if (::getxattr(folder.c_str(), name, &value, 1) == 1 && value == '1') return true;
    return false;
}

bool lists(const fs::path& file, const std::string& word) {
    const auto text = read_file(file, 4096);
    if (!text.ok()) return false;
    std::istringstream words{*text};
    for (std::string each; words >> each;)
        if (each == word) return true;
    return false;
}

CgroupPlace place_of(const std::string& path, const std::string& mount, bool unified) {
    if (mount.empty()) return {{}, unified, "its cgroup hierarchy is not mounted"};
    const fs::path folder = path == "/" ? mount : mount + path;
    if (path != "/" && !is_delegated(folder))
        return {{}, unified, "the gateway's cgroup is not delegated to it (Delegate=yes of its systemd unit)"};
    if (::access(folder.c_str(), W_OK) != 0) return {{}, unified, "the gateway cannot write to its cgroup"};
    return {folder, unified, {}};
}

using Memberships = std::map<std::string, std::string>;

CgroupPlace find(const std::string& controller, const Memberships& ours, std::string_view mountinfo) {
    for (const auto& [controllers, path] : ours)
        if (in_list(controllers, controller)) return place_of(path, mounted_at(mountinfo, controller), false);
    const auto unified = ours.find("");
    if (unified == ours.end()) return {{}, false, "the kernel has no cgroups"};
    auto place = place_of(given(unified->second), mounted_at(mountinfo, ""), true);
    if (!place.folder.empty() && !lists(place.folder / "cgroup.controllers", controller))
        return {{}, true, "the gateway's cgroup has no controller " + controller};
    return place;
}

/// A cgroup's file takes a value with one write; errno says what it thinks of it.
bool put(const fs::path& file, const std::string& value) {
    const Fd fd{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
    return fd && ::write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

/// The limit in the controller's own words; nothing if there is none.
std::pair<const char*, std::string> setting(const std::string& controller, bool unified, const Limits& limits) {
    const auto text = [](std::uint64_t value) { return value ? std::to_string(value) : std::string{}; };
    if (controller == "memory") return {unified ? "memory.max" : "memory.limit_in_bytes", text(limits.memory_bytes)};
    if (controller == "pids") return {"pids.max", text(limits.pids)};
    auto quota = text(limits.cpu.percent * k_period_us / 100);
    if (unified && !quota.empty()) quota += " " + std::to_string(k_period_us);
    return {unified ? "cpu.max" : "cpu.cfs_quota_us", quota};
}

}  // namespace

std::map<std::string, CgroupPlace> cgroup_places(std::string_view cgroup, std::string_view mountinfo) {
    const auto where = memberships(cgroup);
    std::map<std::string, CgroupPlace> out;
    for (const std::string controller : k_controllers) out[controller] = find(controller, where, mountinfo);
    return out;
}

Cgroups::Cgroups(std::map<std::string, CgroupPlace> places, const fs::path& tenants, bool alone)
    : places_(std::move(places)),
      prefix_("mtg-" + std::to_string(std::hash<std::string>{}(tenants.native())) + "-"),
      alone_(alone) {
    sweep();
    take_unified_root();
}

Cgroups::~Cgroups() { sweep(); }

/// In v2 a cgroup holds processes or limited cgroups, not both: the gateway itself moves into one below its own.
void Cgroups::take_unified_root() {
    for (auto& [controller, place] : places_) {
        if (place.folder.empty() || !place.unified) continue;
        const auto ours = place.folder / k_own;
        ::mkdir(ours.c_str(), 0755);
        if (put(ours / "cgroup.procs", "0") && put(place.folder / "cgroup.subtree_control", "+" + controller)) continue;
        place.why_not = "the gateway's cgroup does not hand on its controller: " + std::string{std::strerror(errno)};
        place.folder.clear();
    }
}

void Cgroups::sweep() {
    if (!alone_) return;
    for (const auto& [controller, place] : places_) {
        std::error_code error;
        if (place.folder.empty()) continue;
        for (fs::directory_iterator at{place.folder, error}, end; !error && at != end; at.increment(error))
            if (at->path().filename().native().starts_with(prefix_)) ::rmdir(at->path().c_str());
    }
}

void Cgroups::remove(const std::string& tenant) {
    if (!alone_) return;
    for (const auto& [controller, place] : places_)
        if (!place.folder.empty()) ::rmdir((place.folder / (prefix_ + tenant)).c_str());
}

std::vector<IsolationOrder::Cgroup> Cgroups::of(const std::string& tenant, const Limits& limits) {
    std::vector<IsolationOrder::Cgroup> out;
    for (const auto& [controller, place] : places_) {
        const auto [file, value] = setting(controller, place.unified, limits);
        if (value.empty()) continue;
        auto& entry = out.emplace_back(IsolationOrder::Cgroup{controller, {}, place.why_not});
        if (place.folder.empty()) continue;
        const auto folder = place.folder / (prefix_ + tenant);
        const bool made = ::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST;
        if (made && put(folder / file, value)) entry.file = folder / (place.unified ? "cgroup.procs" : "tasks");
        else entry.why_not = "set " + (folder / file).native() + ": " + std::strerror(errno);
    }
    return out;
}

}  // namespace mt::gateway
