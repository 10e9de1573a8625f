// The verbs that speak to a running gateway.
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/cli/exit_code.hpp"
#include "base/cli/table.hpp"
#include "base/control/client.hpp"
#include "base/files.hpp"
#include "base/units.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

bool is_down(const Error& error) { return error.code() == Errc::unavailable; }

Result<json> ask(const Context& context, std::string_view method, std::string_view target) {
    return call(context.settings.layout.control_socket(), method, target, {}, context.timeout);
}

std::string say(const char* text) { return std::string{text} + "\n"; }

/// Waits until the process is gone. The lock would tell as well, but only by trying to take it.
bool wait_for_exit(const Fd& process, std::chrono::milliseconds timeout) {
    pollfd entry{process.get(), POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(timeout.count())) == 1;
}

std::string listed(const json& addresses) {
    std::string out;
    for (const auto& address : addresses)
        if (address.is_string()) out += (out.empty() ? "" : " ") + address.get<std::string>();
    return out;
}

/// Who started the gateway with --listen hears of it when mtg.json says something else by now.
void warn_of_kept_addresses(const Context& context, const json& gateway) {
    const auto& config = context.settings.config;
    if (!config.names_listen) return;
    auto named = json::array();
    for (const auto& address : config.listen)
        if (address.port != 0) named.push_back(address.str());
    if (named.size() != config.listen.size() || named == gateway["listen"]) return;
    context.output.note("warning: " + context.settings.config_file.native() + " says to listen on " + listed(named) +
                        ", the gateway was started with --listen and goes on with " +
                        listed(gateway["listen"]) + "\n  hint: to change them: mtg stop, then mtg start -d");
}

std::string counted(const json& row, const char* what) {
    const auto count = row.value(what, std::uint64_t{0});
    auto text = std::to_string(count) + " " + what;
    if (count == 1) text.pop_back();
    return text;
}

/// "draining     process 4711 since 2026-11-22T03:00:00.000Z: 2 connections, 1 request, 1 stream (foo)", one per line.
std::string former_processes(const json& gateway) {
    std::string out;
    for (const auto& row : gateway.value("draining", json::array())) {
        if (row.value("state", "") == "standing_in") {
            out += "former       process " + row["pid"].dump() +
                   " has finished, and stays because it was started in the foreground\n";
            continue;
        }
        out += "draining     process " + row["pid"].dump();
        if (row.contains("since"))
            out += " since " + row.value("since", "") + ": " + counted(row, "connections") + ", " +
                   counted(row, "requests") + ", " + counted(row, "streams");
        std::string tenants;
        for (const auto& tenant : row.value("tenants", json::array()))
            tenants += (tenants.empty() ? "" : ", ") + tenant.get<std::string>();
        out += (tenants.empty() ? "" : " (" + tenants + ")") + "\n";
    }
    return out;
}

}  // namespace

int stop(const Context& context) {
    const auto gateway = ask(context, "GET", "/gateway");
    if (!gateway.ok() && is_down(gateway.error()))
        return context.output.result({{"state", "stopped"}}, [](const json&) { return say("not running"); });
    if (!gateway.ok()) return context.output.failure(gateway.error());
    const auto pid = gateway->value("pid", 0);
    const Fd process{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    context.output.note("stopping: requests in flight may finish");
    const auto stopped = ask(context, "POST", "/stop");
    if (!stopped.ok() && !is_down(stopped.error())) return context.output.failure(stopped.error());
    if (process && !wait_for_exit(process, context.timeout))
        return context.output.failure(Error{Errc::timed_out, "the gateway, process " + std::to_string(pid) + ", still drains"}.hint(
            "wait, or end it now: kill -9 " + std::to_string(pid)));
    return context.output.result({{"state", "stopped"}, {"pid", pid}}, [](const json&) { return say("stopped"); });
}

int restart(const Context& context, const StartOptions& options) {
    const auto before = ask(context, "GET", "/gateway");
    if (!before.ok() && is_down(before.error())) {
        auto in_background = options;
        in_background.background = true;
        return start(context, in_background);
    }
    if (!before.ok()) return context.output.failure(before.error());
    if (!options.listen.empty())
        return context.output.failure(
            Error{Errc::usage, "a restart keeps the addresses of the gateway that runs (" + listed((*before)["listen"]) + ")"}.hint(
                "to change them: mtg stop, then mtg start -d --listen " + options.listen.front()));
    if (const auto degraded = (*before)["tenants"].value("degraded", 0); degraded > 0)
        context.output.note("warning: " + std::to_string(degraded) + (degraded == 1 ? " tenant runs on what its" : " tenants run on what their") +
                            " files said before, and will not start on what they say now: mtm check --all");
    // It answers when the new process serves, or is gone: a little before we would give up.
    const auto wait = context.timeout - std::min(context.timeout / 2, std::chrono::milliseconds{1s});
    const auto asked = ask(context, "POST", "/restart?timeout_ms=" + std::to_string(wait.count()));
    if (!asked.ok()) return context.output.failure(asked.error());
    const auto now = ask(context, "GET", "/gateway");
    if (!now.ok()) return context.output.failure(now.error());
    warn_of_kept_addresses(context, *now);
    return context.output.result(*now, [](const json&) { return say("restarted"); });
}

int reload(const Context& context) {
    const auto done = ask(context, "POST", "/reload");
    if (!done.ok()) return context.output.failure(done.error());
    return context.output.result(*done, [](const json& data) {
        std::string text = say("reloaded");
        for (const auto& key : data.value("needs_restart", json::array()))
            text += "  " + key.get<std::string>() + " of mtg.json changed: mtg restart puts it in force\n";
        return text;
    });
}

/// The states that some tenant is in, the ordinary ones first.
std::vector<std::string> states_of_tenants(const json& counts) {
    std::vector<std::string> states;
    for (const auto* state : {"ready", "idle", "starting", "draining", "degraded", "backoff", "failed", "stopped", "suspended"})
        if (counts.value(state, 0) > 0) states.emplace_back(state);
    return states;
}

int status(const Context& context) {
    const auto gateway = ask(context, "GET", "/gateway");
    if (!gateway.ok()) {
        const int code = context.output.failure(gateway.error());
        return is_down(gateway.error()) ? static_cast<int>(cli::k_not_running) : code;
    }
    return context.output.result(*gateway, [&](const json& data) {
        using cli::Show;
        std::vector<cli::Column> fields{{"state", "state", Show::state}, {"version", "version"}, {"pid", "pid"},
                                        {"up", "uptime_ms", Show::duration}, {"listen", "listen"}, {"tls", "tls_listen"},
                                        {"folder", "tenants_folder"}, {"tenants", "tenants/total"}};
        for (const auto& state : states_of_tenants(data["tenants"])) fields.push_back({"  " + state, "tenants/" + state});
        fields.insert(fields.end(), {{"connections", "connections"}, {"requests", "requests"}});
        return cli::render_fields(data, fields, context.output.colour()) + former_processes(data);
    });
}

int metrics(const Context& context) {
    const auto page = ask(context, "GET", "/metrics");
    if (!page.ok()) return context.output.failure(page.error());
    return context.output.result(context.output.json_wanted() ? (*page)["metrics"] : *page, [](const json& data) { return data["text"].get<std::string>(); });
}

int version(const Context& context) {
    return context.output.result({{"version", MT_VERSION}}, [](const json& data) { return "mtg " + data["version"].get<std::string>() + "\n"; });
}

}  // namespace mt::mtg
