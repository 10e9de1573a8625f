#include "gateway/set_up.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/log.hpp"

namespace mt::gateway {

namespace fs = std::filesystem;

Status make_folders(const Layout& layout) {
    std::error_code error;
    fs::create_directories(layout.tenants(), error);
    if (error)
        return Error{Errc::failed, "cannot create the tenants folder " + layout.tenants().native() + ": " + error.message()}.hint(
            "name another one: mtg start --tenants DIR");
    fs::create_directories(layout.run() / "log", error);
    if (!error) fs::permissions(layout.run(), fs::perms::owner_all, error);
    if (error)
        return Error{Errc::failed, "cannot write to " + layout.run().native() + ": " + error.message()}.hint(
            "the gateway keeps sockets and logs there; run it as the owner of the folder");
    return {};
}

Result<FileLock> lock(const Layout& layout) {
    constexpr auto k_patience = std::chrono::milliseconds{500};
    const auto until = std::chrono::steady_clock::now() + k_patience;
    auto lock = FileLock::acquire(layout.gateway_lock());
    while (!lock.ok() && lock.error().code() == Errc::conflict && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
        lock = FileLock::acquire(layout.gateway_lock());
    }
    if (!lock.ok() && lock.error().code() == Errc::conflict)
        return Error{Errc::conflict, "a gateway runs on " + layout.tenants().native() + " already"}.hint(
            "mtg status shows it, mtg restart restarts it, mtg stop ends it");
    return lock;
}

void remove_sockets_apart(const Layout& layout) {
    std::error_code ignored;
    for (unsigned number = 1; number <= 9; ++number)
        fs::remove_all(layout.with_sockets_apart(number).sockets(), ignored);
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> worker_environment(const std::vector<std::string>& names) {
    std::vector<std::string> environment;
    std::vector<std::string> wanted{"PATH", "LANG", "TZ", "NODE_ENV"};
    wanted.insert(wanted.end(), names.begin(), names.end());
    for (const auto& name : wanted)
        if (const char* value = std::getenv(name.c_str())) environment.push_back(name + "=" + value);
    return environment;
}

ProxyOptions proxy_options(const GatewayOptions& options) {
    ProxyOptions proxy;
    proxy.listen.clear();
    for (const auto& address : options.config.listen) proxy.listen.push_back({address.host, address.port});
    if (options.config.tls)
        for (const auto& address : options.config.tls->listen) proxy.listen.push_back({address.host, address.port, true});
    proxy.inherited_listeners = options.inherited_listeners;
    proxy.explorer_folder = options.explorer_folder;
    const auto limits = merge({}, options.config.limits);
    proxy.head = {limits.head_bytes, limits.request_line_bytes, limits.fields};
    proxy.head_timeout = limits.head_timeout;
    proxy.idle_timeout = limits.idle_timeout;
    proxy.write_gap = limits.body_timeout;
    proxy.connections_max = limits.connections;
    proxy.access_log = {options.config.access_log.native(), options.config.access_log_format == "json"};
    proxy.trusted_proxies = options.config.trusted_proxies;
    proxy.trace = options.config.trace == "on";
    proxy.metrics_public = options.config.metrics_public;
    proxy.metrics_tenants = options.config.metrics_tenants.value_or(proxy.metrics_tenants);
    return proxy;
}

Result<std::shared_ptr<const TlsSetup>> load_tls(const TlsConfig& config) {
    std::vector<std::string> warnings;
    auto tls = TlsSetup::load(config, warnings);
    if (tls.ok())
        for (const auto& warning : warnings) log::warn("event=tls what=" + log::quote(warning));
    return tls;
}

}  // namespace mt::gateway
