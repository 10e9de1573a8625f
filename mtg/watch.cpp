// The verbs that look on while the gateway serves.
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/cli/top.hpp"
#include "base/control/client.hpp"
#include "base/control/stream.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

namespace {

/// "2026-11-21T19:24:13.120Z  foo  ready → degraded  the new configuration was refused"
std::string event_text(const json& event, bool colour) {
    const auto text = [&](const char* key) { return event.contains(key) &&
                                            event[key].is_string() ? event[key].get<std::string>() : std::string{}; };
    if (event.contains("lost")) return "… " + event["lost"].dump() + " events were lost: this reader was too slow\n";
    const auto state = [&](const char* key) { return colour ? cli::colour_state(text(key)) : text(key); };
    const auto what = text("event");
    auto out = text("time") + "  " + (text("id").empty() ? "gateway" : text("id")) + "  ";
    if (what == "state") out += state("before") + " → " + state("state") + "  " + text("reason");
    else if (what == "exit") out += "process " + event["pid"].dump()
        + (event["signal"].is_string() ? " was killed by " + text("signal")
           : " exited with code " + event["code"].dump());
    else if (what == "took_over")
        out += "process " + event["pid"].dump() + " serves, process " + event["former_pid"].dump() +
               " finishes what it has in hand";
    else if (what == "former_ended") out += "process " + event["pid"].dump() + " has finished";
    else out += what;
    if (event.contains("error") && event["error"].is_object())
        out += ": " + event["error"].value("message", std::string{});
    return out + "\n";
}

}  // namespace

int events(const Context& context, const EventOptions& options) {
    const auto& socket = context.settings.layout.control_socket();
    const bool colour = context.output.colour();
    if (!options.follow) {
        auto all = call(socket, "GET", "/events", {}, context.timeout);
        if (!all.ok()) return context.output.failure(all.error());
        while (all->size() > options.lines) all->erase(0);
        return context.output.result(*all, [&](const json& events) {
            std::string out;
            for (const auto& event : events) out += event_text(event, colour);
            return out;
        });
    }
    const auto print = [&](std::string_view line) {
        if (context.output.json_wanted()) std::cout << line << "\n";
        else if (const auto event = parse_json(line); event.ok() && event->is_object())
            std::cout << event_text(*event, colour);
        return std::cout.good();
    };
    const auto status = follow(socket, "/events?follow=1&lines=" + std::to_string(options.lines), print,
                               [] { std::cout.flush(); });
    return status.ok() ? 0 : context.output.failure(status.error());
}

int top(const Context& context, const cli::TopOptions& options) {
    const auto& socket = context.settings.layout.control_socket();
    const auto done = cli::top(context.output, options, [&]() -> Result<json> {
        MT_TRY(auto gateway, call(socket, "GET", "/gateway", {}, context.timeout));
        MT_TRY(auto tenants, call(socket, "GET", "/tenants", {}, context.timeout));
        return json{{"gateway", std::move(gateway)}, {"tenants", std::move(tenants)}};
    });
    return done.ok() ? *done : context.output.failure(done.error());
}

}  // namespace mt::mtg
