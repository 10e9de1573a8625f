#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/cli/disk_room.hpp"
#include "base/files.hpp"
#include "mtg/doctor.hpp"

namespace mt::mtg {

namespace fs = std::filesystem;

namespace {

void examine_modes(const Layout& layout, cli::Findings& findings) {
    struct stat info {};
    if (::stat(layout.tenants().c_str(), &info) != 0) return;
    if (info.st_mode & S_IWOTH)
        findings.fail("tenants folder", "everybody may write to it", "chmod o-w " + layout.tenants().native());
    else if (::access(layout.tenants().c_str(), W_OK) != 0)
        findings.fail("tenants folder", "it belongs to user " + std::to_string(info.st_uid) + " and cannot be written",
                      "run mtg as that user, or chown it");
    else findings.ok("tenants folder", layout.tenants().native());

    if (::stat(layout.run().c_str(), &info) != 0) return;  // made at the first start
    const auto mode = info.st_mode & 0777;
    if (mode != 0700) findings.fail("run folder", "others may get at its sockets and logs",
                                    "chmod 700 " + layout.run().native());
    else if (info.st_uid != ::geteuid() && ::geteuid() != 0)
        findings.fail("run folder", "it belongs to user " + std::to_string(info.st_uid),
                      "run mtg as that user, or chown -R " + layout.run().native());
    else findings.ok("run folder", layout.run().native() + ", for its owner alone");
}

/// Files with passwords that others can read.
void examine_secrets(const Layout& layout, cli::Findings& findings) {
    std::size_t open = 0;
    std::string first;
    std::error_code error;
    for (fs::directory_iterator at{layout.tenants(), error}, end; !error && at != end; at.increment(error)) {
        struct stat info {};
        const auto file = at->path() / "datasources.json";
        if (!TenantId::is_valid(at->path().filename().native()) || ::stat(file.c_str(), &info) != 0 ||
            !(info.st_mode & S_IROTH)) continue;
        if (open++ == 0) first = file.native();
    }
    if (open == 0) findings.ok("secrets", "no datasources.json is readable by everybody");
    else findings.warn("secrets", std::to_string(open) + " datasources.json can be read by everybody, the first " +
                       first,
                       "chmod o-r " + layout.tenants().native() + "/*/datasources.json");
}

}  // namespace

void examine_folders(const Layout& layout, cli::Findings& findings) {
    std::error_code error;
    if (!fs::is_directory(layout.tenants(), error)) {
        findings.warn("tenants folder", layout.tenants().native() + " does not exist",
                      "mtm add foo makes it; or name another: --tenants DIR");
    } else {
        examine_modes(layout, findings);
        examine_secrets(layout, findings);
        cli::examine_room(layout.tenants(), findings);
    }
    if (const auto status = check_socket_path(layout.control_socket()); !status.ok())
        findings.fail("socket path", status.error().message(), status.error().place().hint);
    const auto worker = program_folder() / "tenant-app";
    if (::access(worker.c_str(), X_OK) == 0) findings.ok("worker", worker.native());
    else findings.fail("worker", worker.native() + " is missing", "complete the installation: it stands beside mtg");
    if (fs::exists(share_folder() / "explorer", error)) findings.ok("explorer", (share_folder() / "explorer").native());
    else findings.warn("explorer", "its files are missing: tenants' explorers show no page",
                       "build with npm installed");
}

}  // namespace mt::mtg
