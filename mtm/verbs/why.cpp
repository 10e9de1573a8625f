#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/control/document.hpp"
#include "base/units.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/explain.hpp"
#include "mtm/log_file.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

constexpr std::size_t k_log_lines = 5, k_line_bytes = 300;

/// How long ago a time of the status document was.
std::optional<std::int64_t> age_ms(const json& time) {
    if (!time.is_string()) return std::nullopt;
    const auto at = parse_time(time.get_ref<const std::string&>());
    if (!at.ok()) return std::nullopt;
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() - *at).count();
    return std::max<std::int64_t>(0, age);
}

std::string ago(const json& time) {
    const auto age = age_ms(time);
    return age ? cli::human_duration(*age) + " ago" : "some time ago";
}

/// What explains a tenant that is not served, without a gateway. Fails with unavailable if the files explain nothing.
Result<json> status_of_files(const Session& session, const TenantId& id) {
    json status{{"id", id.str()}, {"state", "unknown"}, {"reason", nullptr}, {"since", nullptr}};
    const auto refused = [&](const Error& error) {
        status["state"] = "failed";
        status["error"] = error_object(error);
        return status;
    };
    const auto config = tenant_config(session.layout(), id);
    if (!config.ok()) return refused(config.error());
    if (const auto& wanted = wanted_state(*config, std::chrono::system_clock::now()); wanted != "running") {
        status["state"] = wanted;
        if (!config->reason.empty()) status["reason"] = config->reason;
        if (config->until && wanted == "suspended") status["until"] = format_time(*config->until);
        return status;
    }
    const auto checked = check_tenant(id, session.layout().tenant(id), session.display(id));
    if (!checked.ok() && checked.error().code() == Errc::invalid_config) return refused(checked.error());
    return Error{Errc::unavailable,
                 "the gateway is not running, and nothing in the tenant's files keeps it from being served"}
        .of_tenant(id.str())
        .hint("start it: mtg start -d");
}

/// A worker names its files as they are called in its folder.
void name_whole_path(json& row, const std::string& folder) {
    if (!row.contains("error") || !row["error"].is_object() || !row["error"].contains("file")) return;
    auto& file = row["error"]["file"];
    const auto name = file.get<std::string>();
    if (!name.starts_with('/') && !name.starts_with(folder)) file = folder + "/" + name;
}

/// What the process that runs, or ran last, has said; not what those before it did.
json last_words(const Session& session, const TenantId& id, const json& status) {
    auto lines = json::array();
    const auto take = [&](std::string_view line) {
        lines.push_back(std::string{line.substr(0, k_line_bytes)});
        return true;
    };
    const auto from = status.value("log_from", std::uint64_t{0});
    const auto read = last_lines(session.layout().tenant_log(id), k_log_lines, take, from);
    return read.ok() ? lines : json::array();
}

/// One member of the report per line; lists go on below each other.
class Lines {
public:
    void add(const std::string& title, const std::string& value) {
        rows_.push_back({{"title", title}, {"value", value}});
    }
    std::string text() const {
        const auto table = cli::render_table(rows_, {{"", "title"}, {"", "value"}}, false);
        std::string out;
        for (std::size_t at = table.find('\n') + 1, end; at < table.size(); at = end +
             1) {  // without the row of titles
            end = table.find('\n', at);
            out += "  " + table.substr(at, end + 1 - at);
        }
        return out;
    }

private:
    json rows_ = json::array();
};

std::string place_text(const json& error) {
    auto place = error.value("file", std::string{});
    if (error.contains("line")) place += ":" + error["line"].dump();
    if (error.contains("pointer")) place += " " + error["pointer"].get<std::string>();
    return place;
}

std::string why_text(const json& row) {
    Lines lines;
    if (row["since"].is_string()) lines.add("since", row["since"].get<std::string>() + ", " + ago(row["since"]));
    if (row.contains("pid") && row["pid"].is_number()) lines.add("process", row["pid"].dump());
    if (row.contains("last_exit")) {
        const auto& last = row["last_exit"];
        lines.add(last.value("asked_for", false) ? "before it" : "worker",
                  "process " + last["pid"].dump() + " " + ending_text(last) + ", " + ago(last["at"]));
    }
    if (row.contains("error") && row["error"].is_object()) {
        lines.add("error", row["error"].value("message", std::string{}));
        if (const auto place = place_text(row["error"]); !place.empty()) lines.add("at", place);
    }
    if (row.contains("next_try_ms"))
        lines.add("next try", "in " + cli::human_duration(row["next_try_ms"].get<std::int64_t>()));
    for (const auto& hit : row.value("limits_hit", json::array()))
        lines.add("limit", hit["limit"].get<std::string>() + " refused " + hit["count"].dump() + ", the last " +
                  ago(hit["last"]));
    bool first = true;
    for (const auto& line : row["last_lines"])
        lines.add(std::exchange(first, false) ? "last said" : "", line.get<std::string>());
    first = true;
    for (const auto& step : row["next_steps"])
        lines.add(std::exchange(first, false) ? "next" : "", step.get<std::string>());
    return row["id"].get<std::string>() + " " + row["summary"].get<std::string>() + "\n" + lines.text();
}

}  // namespace

Result<int> run_why(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_TRY(const bool running, session.gateway.runs());
    const auto explain = [&](const TenantId& id) -> Result<json> {
        auto status = running ? session.gateway.get("/tenants/" + id.str()) : status_of_files(session, id);
        if (!status.ok()) return std::move(status).error();
        json row = *std::move(status);
        row["gateway_runs"] = running;
        name_whole_path(row, session.display(id));
        row["summary"] = summary(row);
        const auto age = age_ms(row["since"]);
        row["for_ms"] = age ? json(*age) : json();
        row["last_lines"] = last_words(session, id, row);
        row["next_steps"] = next_steps(row);
        return row;
    };
    return for_each_tenant(session, arguments, ids, explain, why_text);
}

}  // namespace mt::mtm
