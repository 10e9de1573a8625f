#include "tenant-app/sandbox/plan.hpp"

namespace mt::app::sandbox {

namespace fs = std::filesystem;

namespace {

using Paths = std::vector<fs::path>;

constexpr std::uint16_t k_dns = 53;  // an answer that is too long for a datagram comes over TCP

/// What a worker opens late, or tenant-mail at its start.
const Paths k_worker_basics{"/lib", "/usr/lib", "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo",
                            "/dev/null", "/dev/urandom"};
/// The same of any program, and what is customary.
const Paths k_program_basics{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/localtime",
                             "/usr/share", "/etc/passwd", "/etc/group", "/etc/alternatives", "/etc/mime.types", "/proc",
                             "/sys/fs/cgroup", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
/// Names, certificates and the like; nothing that is secret, for a process may still be root.
const Paths k_public_settings{
    "/etc/resolv.conf", "/run/systemd/resolve", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/services", "/etc/protocols", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates"};

void append(Paths& to, const Paths& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

Plan plan_for_worker(IsolationOrder order, const fs::path& folder, WorkerNeeds needs, const fs::path& programs) {
    Plan plan;
    plan.order = std::move(order);
    plan.folder = folder;
    plan.writable = std::move(needs.writable);
    plan.readable = k_worker_basics;
    plan.unix_sockets = needs.unix_sockets;
    auto ports = std::move(needs.database_ports);
    if (needs.mail_port) {
        plan.runs = {programs / "tenant-mail"};
        ports.push_back(*needs.mail_port);
    }
    // A client library reads its settings wherever its server is.
    if (!ports.empty() || needs.unix_sockets) append(plan.readable, k_public_settings);
    if (!ports.empty()) ports.push_back(k_dns);
    plan.ports = std::move(ports);
    return plan;
}

Plan plan_for_program(IsolationOrder order, const fs::path& folder, Paths writable) {
    Plan plan;
    plan.foreign_program = true;
    plan.folder = folder;
    plan.writable = std::move(writable);
    append(plan.writable, {folder / "data", folder / "files", folder / "tmp"});
    plan.readable = k_program_basics;
    append(plan.readable, k_public_settings);
    plan.readable_as_own_user = {"/etc"};  // as anybody may; root would see /etc/shadow
    plan.runs = {folder, "/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt"};
    plan.ports.reset();
    plan.order = std::move(order);
    return plan;
}

}  // namespace mt::app::sandbox
