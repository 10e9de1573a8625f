#pragma once
#include <filesystem>

#include "base/tenant_id.hpp"

namespace mt {

/// Where things are in a tenants folder, and what belongs to the installation. Pure path arithmetic; see docs/ARCHITECTURE.md.
class Layout {
public:
    /// `run` is the folder of sockets and logs; empty means `<tenants>/.run`.
    explicit Layout(std::filesystem::path tenants, std::filesystem::path control_socket = {});

    const std::filesystem::path& tenants() const { return tenants_; }
    std::filesystem::path tenant(const TenantId& id) const { return tenants_ / id.str(); }
    std::filesystem::path staging() const { return tenants_ / ".staging"; }
    std::filesystem::path trash() const { return tenants_ / ".trash"; }
    /// What is under way on database servers, an entry for each tenant.
    std::filesystem::path journal() const { return tenants_ / ".journal"; }
    std::filesystem::path locks() const { return tenants_ / ".locks"; }
    std::filesystem::path lock(const TenantId& id) const { return locks() / (id.str() + ".lock"); }
    std::filesystem::path templates() const { return tenants_ / ".templates"; }
    /// What renamed tenants were called: see base/aliases.hpp.
    std::filesystem::path aliases() const { return tenants_ / ".aliases"; }
    /// `.snapshots/<key of the tenant>/`: bundles of how it was.
    std::filesystem::path snapshots() const { return tenants_ / ".snapshots"; }

    /// Run-time files, mode 0700: sockets, logs, the gateway's lock.
    const std::filesystem::path& run() const { return run_; }
    const std::filesystem::path& control_socket() const { return control_socket_; }
    std::filesystem::path gateway_lock() const { return run_ / "gateway.lock"; }
    std::filesystem::path gateway_log() const { return run_ / "gateway.log"; }
    std::filesystem::path tenant_socket(const TenantId& id) const { return sockets_ / (id.str() + socket_ending_); }
    /// The folder of tenants' sockets: the run folder, or a folder in it for a gateway beside whose predecessor it
    /// runs.
    const std::filesystem::path& sockets() const { return sockets_; }
    /// The same layout with tenants' sockets apart. `number` is 1 to 9, so that a path gets no longer: a socket's has
    /// little room.
    Layout with_sockets_apart(unsigned number) const;
    std::filesystem::path tenant_log(const TenantId& id) const { return run_ / "log" / (id.str() + ".log"); }

private:
    std::filesystem::path tenants_, control_socket_, run_, sockets_;
    const char* socket_ending_ = ".sock";
};

/// sun_path holds 108 bytes with its end mark (unix(7)). Fails with invalid_config, the hint saying what to shorten.
Status check_socket_path(const std::filesystem::path& path);

/// The folder of the running program, through /proc/self/exe.
std::filesystem::path program_folder();
/// `<program_folder>/../share/mtg`: templates, explorer files; the same in the build tree and in an installation.
std::filesystem::path share_folder();

}  // namespace mt
