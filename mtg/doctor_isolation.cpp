#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/control/client.hpp"
#include "mtg/doctor.hpp"

namespace mt::mtg {

namespace fs = std::filesystem;

namespace {

constexpr int k_looked_at_max = 20;  ///< of tenants that run: they have much in common

/// The first folder on the way to `path`, itself included, that a stranger cannot pass; empty if there is none.
std::string impassable(const fs::path& path) {
    std::error_code error;
    fs::path at;
    for (const auto& name : fs::canonical(path, error)) {
        at /= name;
        struct stat info {};
        if (::stat(at.c_str(), &info) != 0) return {};  // examine_folders tells
        if (info.st_mode & S_IXOTH) continue;
        std::array<char, 8> mode{};
        std::snprintf(mode.data(), mode.size(), "%04o", info.st_mode & 07777u);
        return at.native() + " (mode " + mode.data() + ")";
    }
    return {};
}

/// What tenants that run say of their walls: each gap once, with one tenant that has it.
void examine_granted(const Context& context, const json& tenants, cli::Findings& findings) {
    std::set<std::string> told;
    int looked_at = 0;
    for (const auto& row : tenants) {
        if (!row.contains("pid") || !row["pid"].is_number()) continue;
        if (++looked_at > k_looked_at_max) break;
        const auto id = row.value("id", std::string{});
        const auto status = call(context.settings.layout.control_socket(), "GET", "/tenants/" + id, {}, context.timeout);
        if (!status.ok()) continue;
        for (const auto& wall : status->value("isolation", json::array()))
            if (const auto name = wall.value("mechanism", std::string{});
                wall.value("state", std::string{}) == "degraded" && told.insert(name).second)
                findings.warn("isolation", name + " of tenant " + id + " is degraded: " + wall.value("detail", std::string{}),
                              "docs/ISOLATION.md tells when that is; mtm inspect " + id + " shows all walls");
    }
    if (told.empty() && looked_at > 0) findings.ok("isolation", "no tenant that runs has told of a gap");
}

}  // namespace

void examine_isolation(const Context& context, cli::Findings& findings) {
    if (context.settings.config.uids) {
        const auto folder = impassable(context.settings.layout.tenants());
        if (!folder.empty())
            findings.warn("users", folder + " bars tenants' users: each tenant runs as the gateway's",
                          "put the tenants where a stranger may pass, such as /var/lib/mtg; or chmod o+x that folder");
        else findings.ok("users", "tenants' users could reach their folders");
    }
    const auto tenants = call(context.settings.layout.control_socket(), "GET", "/tenants", {}, context.timeout);
    if (tenants.ok()) examine_granted(context, *tenants, findings);
}

}  // namespace mt::mtg
