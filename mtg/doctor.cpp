#include "mtg/doctor.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/control/client.hpp"
#include "base/control/probe.hpp"
#include "base/files.hpp"

namespace mt::mtg {

namespace {

/// Why an address cannot be listened on; empty if it can.
std::string bind_failure(const ListenText& listen) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    addrinfo* found = nullptr;
    auto host = listen.host;
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    if (::getaddrinfo(host.c_str(), std::to_string(listen.port).c_str(), &wanted, &found) != 0)
        return "it is no address";
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses{found, ::freeaddrinfo};
    const Fd fd{::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // as the gateway binds
    return ::bind(fd.get(), found->ai_addr, found->ai_addrlen) == 0 ? std::string{} : std::strerror(errno);
}

void examine_ports(const Context& context, cli::Findings& findings) {
    for (const auto& listen : context.settings.config.listen) {
        const auto why = bind_failure(listen);
        if (why.empty()) {
            findings.ok("port", listen.str() + " is free");
            continue;
        }
        const auto who = "ss -ltnp 'sport = :" + std::to_string(listen.port) + "' shows who has it";
        const auto rights = "run mtg as root or with CAP_NET_BIND_SERVICE, or take a port from 1024 on";
        findings.fail("port", listen.str() + ": " + why, listen.port < 1024 ? rights : who);
    }
}

/// A tenant that has a worker, so that looking starts none.
std::string running_tenant(const Context& context) {
    const auto rows = call(context.settings.layout.control_socket(), "GET", "/tenants", {}, context.timeout);
    if (!rows.ok()) return {};
    for (const auto& row : *rows)
        if (row.value("state", std::string{}) == "ready") return row.value("id", std::string{});
    return {};
}

struct Expected {
    std::string path;
    unsigned status;  ///< 0: any, as long as what it refers to is behind the prefix
};

void examine_answer(const ListenText& listen, const Expected& expected, cli::Findings& findings) {
    const auto answer = probe(listen, expected.path);
    const auto asked = "GET " + expected.path;
    if (!answer.ok()) return findings.fail("front", listen.str() + " " + asked + ": " + answer.error().message(),
                                           "mtg status; is a firewall in the way?");
    const auto got = listen.str() + " " + asked + ": " + std::to_string(answer->status);
    if (expected.status != 0 && answer->status != expected.status)
        return findings.fail("front", got + " instead of " + std::to_string(expected.status),
                             "is that our gateway? mtg status tells its addresses");
    const auto location = answer->field("location");
    if (expected.status == 0 && location.starts_with('/') && !location.starts_with(expected.path))
        return findings.fail("prefix", got + " leads out of the tenant, to " + location,
                             "see strip_prefix in docs/CONFIGURATION.md");
    findings.ok(expected.status ? "front" : "prefix", got);
}

void examine_front(const Context& context, const json& gateway, cli::Findings& findings) {
    std::vector<Expected> expected{{"/-/health", 200}, {"/-nobody", 404}, {"/a/../b", 400}};
    if (const auto id = running_tenant(context); !id.empty()) {
        expected.push_back({"/" + id, 0});
        expected.push_back({"/" + id + "/explorer", 0});
    }
    for (const auto& text : gateway.value("listen", json::array())) {
        const auto listen = parse_listen(text.get<std::string>());
        if (!listen.ok()) continue;
        const auto health = probe(*listen, "/-nobody");
        if (health.ok() && health->status == 308) {
            findings.ok("front", listen->str() + " sends its clients to https");
            continue;
        }
        for (const auto& each : expected) examine_answer(*listen, each, findings);
    }
}

}  // namespace

void examine_listeners(const Context& context, cli::Findings& findings) {
    const auto gateway = call(context.settings.layout.control_socket(), "GET", "/gateway", {}, context.timeout);
    if (!gateway.ok() && gateway.error().code() == Errc::unavailable) {
        findings.ok("gateway", "not running");
        return examine_ports(context, findings);
    }
    if (!gateway.ok()) return findings.fail("gateway", gateway.error().message(),
        gateway.error().place().hint.empty() ? "mtg stop; mtg start -d" : gateway.error().place().hint);
    const auto version = gateway->value("version", std::string{});
    if (version == MT_VERSION) findings.ok("gateway", "version " + version + ", process " + (*gateway)["pid"].dump());
    else findings.warn("gateway", "it runs version " + version + ", this is " MT_VERSION, "mtg restart");
    examine_front(context, *gateway, findings);
}

int doctor(const Context& context) {
    cli::Findings findings;
    if (const auto& error = context.settings.config_error)
        findings.fail("mtg.json", describe(*error), error->place().hint.empty() ? "correct the file"
                      : error->place().hint);
    else findings.ok("mtg.json", context.settings.config_file.empty() ? "none: defaults"
                     : context.settings.config_file.native());
    std::size_t tenants = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator at{context.settings.layout.tenants(), error}, end; !error &&
         at != end; at.increment(error))
        tenants += TenantId::is_valid(at->path().filename().native());
    examine_kernel(findings);
    examine_limits(tenants, findings);
    examine_folders(context.settings.layout, findings);
    examine_isolation(context, findings);
    examine_listeners(context, findings);
    return context.output.result({{"healthy", !findings.failed()}, {"findings", findings.rows()}},
                                 [&](const json& data) {
        return cli::render_findings(data["findings"], context.output.colour());
    }, findings.failed() ? 1 : 0);
}

}  // namespace mt::mtg
