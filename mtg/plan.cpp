// What --dry-run says of the verbs that change the gateway.
#include <nlohmann/json.hpp>

#include "base/control/client.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

namespace {

std::string addresses(const json& gateway) {
    std::string out;
    for (const char* key : {"listen", "tls_listen"})
        for (const auto& each : gateway.value(key, json::array()))
            out += (out.empty() ? "" : ", ") + each.get<std::string>();
    return out;
}

std::vector<std::string> steps_of(const std::string& verb, const json& gateway) {
    const auto process = "process " + gateway["pid"].dump();
    const auto tenants = gateway["tenants"].value("total", std::size_t{0});
    const auto ready = std::to_string(gateway["tenants"].value("ready", std::size_t{0}));
    if (verb == "stop") return {"let requests in hand finish, for 30 s at most", "end " + ready + " workers, then " + process};
    if (verb == "restart")
        return {"put a new process in the place of " + process + ", on " + addresses(gateway),
                "start " + ready + " workers anew, when they are asked for"};
    return {"read mtg.json again", "look at the folders of " + std::to_string(tenants) + " tenants again"};
}

}  // namespace

int plan(const Context& context, const std::string& verb) {
    const auto gateway = call(context.settings.layout.control_socket(), "GET", "/gateway", {}, context.timeout);
    const bool is_down = !gateway.ok() && gateway.error().code() == Errc::unavailable;
    if (!gateway.ok() && (!is_down || verb == "reload")) return context.output.failure(gateway.error());
    const auto steps = !is_down         ? steps_of(verb, *gateway)
                       : verb == "stop" ? std::vector<std::string>{"nothing: it does not run"}
                                        : std::vector<std::string>{"start it in the background: it does not run"};
    return context.output.result({{"dry_run", true}, {"steps", steps}}, [](const json& data) {
        std::string out = "would do:\n";
        for (const auto& step : data["steps"]) out += "  " + step.get<std::string>() + "\n";
        return out;
    });
}

}  // namespace mt::mtg
