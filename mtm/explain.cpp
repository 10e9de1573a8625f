#include "mtm/explain.hpp"

#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"

namespace mt::mtm {

namespace {

std::string text(const json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

bool has(const json& object, const char* key) { return object.is_object() && object.contains(key) &&
                                               !object[key].is_null(); }

std::string sentence(const std::string& state) {
    if (state == "idle") return "is idle: no process runs, the next request starts one";
    if (state == "starting") return "is being started";
    if (state == "ready") return "is served";
    if (state == "draining") return "is being stopped: its last requests finish";
    if (state == "backoff") return "does not start";
    if (state == "failed") return "cannot be started";
    if (state == "degraded") return "is served as its files were before: what they say now was refused";
    if (state == "stopped") return "is stopped";
    if (state == "suspended") return "is suspended";
    return "is in an unknown state";
}

/// Signals that nobody of ours sends to a worker that serves.
std::string advice_on_signal(const std::string& signal, const std::string& id) {
    if (signal == "SIGKILL")
        return "it was killed from outside, or the kernel was out of memory: dmesg | grep -i 'killed process'";
    if (signal == "SIGSYS") return "it made a system call that its isolation forbids: mtm inspect " + id;
    if (signal == "SIGXCPU" || signal == "SIGXFSZ") return "it reached a limit of tenant.json: mtm config show " + id;
    return "it crashed: see what it said last, mtm logs " + id + " -n 200";
}

void advise_on_error(const json& status, const std::string& id, std::vector<std::string>& steps) {
    if (!has(status, "error")) return;
    const auto& error = status["error"];
    if (const auto hint = text(error, "hint"); !hint.empty()) steps.push_back(hint);
    if (!text(error, "file").empty())
        steps.push_back("correct that file: it is read again as soon as it changes; mtm check " + id + " tells before");
    else steps.push_back("mtm logs " + id + " -n 200 shows what it said");
}

}  // namespace

std::string ending_text(const json& last_exit) {
    const auto signal = text(last_exit, "signal");
    auto out = !signal.empty()            ? "was killed by " + signal
               : has(last_exit, "code") ? "exited with code " + last_exit["code"].dump()
                                          : std::string{"is gone"};
    if (has(last_exit, "ran_ms") && last_exit["ran_ms"].is_number())
        out += " after " + cli::human_duration(last_exit["ran_ms"].get<std::int64_t>());
    return out;
}

std::string summary(const json& status) {
    const auto state = text(status, "state");
    auto out = sentence(state);
    if (state == "suspended" && has(status, "until")) out += " until " + text(status, "until");
    const auto reason = text(status, "reason");
    const bool says_more = !reason.empty() && reason != "not asked for yet" && state != "ready" && state != "degraded" &&
        state != "failed";
    return says_more ? out + ": " + reason : out;
}

std::vector<std::string> next_steps(const json& status) {
    const auto id = text(status, "id");
    const auto state = text(status, "state");
    std::vector<std::string> steps;
    if (state == "stopped") steps.push_back("mtm start " + id);
    if (state == "suspended") steps.push_back("mtm resume " + id);
    advise_on_error(status, id, steps);
    if (has(status, "last_exit") && status["last_exit"].value("asked_for", false) == false)
        if (const auto signal = text(status["last_exit"], "signal"); !signal.empty())
            steps.push_back(advice_on_signal(signal, id));
    if (state == "backoff" || state == "failed") steps.push_back("mtm start " + id + " tries at once");
    if (has(status, "limits_hit"))
        for (const auto& hit : status["limits_hit"]) {
            const auto limit = text(hit, "limit");
            steps.push_back("if " + limit + " refuses too much: mtm config get " + id + " limits." + limit +
                            ", then set");
        }
    return steps;
}

}  // namespace mt::mtm
