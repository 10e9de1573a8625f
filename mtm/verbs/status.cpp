#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/cli/table.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_rows.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

const std::vector<cli::Column>& fields() {
    using cli::Show;
    static const std::vector<cli::Column> all = {
        {"tenant", "id"},
        {"state", "state", Show::state},
        {"reason", "reason"},
        {"since", "since"},
        {"until", "until"},
        {"pid", "pid"},
        {"up", "uptime_ms", Show::duration},
        {"restarts", "restarts"},
        {"memory", "memory_bytes", Show::bytes},
        {"revision", "revision"},
        {"upstream", "upstream"},
        {"command", "command"},
        {"listen", "listen"},
        {"requests", "requests"},
        {"server errors", "server_errors"},
        {"in flight", "in_flight"},
        {"error", "error/message"},
        {"error in", "error/file"},
        {"error line", "error/line"},
        {"error at", "error/pointer"},
        {"hint", "error/hint"},
    };
    return all;
}

/// Served: it has a process, or gets one with the first request.
bool is_served(const json& row) {
    const bool has_process = row.contains("pid") && row["pid"].is_number();
    return has_process || (row.contains("state") && row["state"] == "idle");
}

/// A change that was refused, while the process of the files before it serves.
void tell_what_goes_on(json& row) {
    const bool runs = row.contains("pid") && row["pid"].is_number();
    if (!runs || !row.contains("error") || !row["error"].is_object()) return;
    const auto hint = row["error"].value("hint", std::string{});
    row["error"]["hint"] = (hint.empty() ? "" : hint + "; ") + "what the files said before goes on running";
}

}  // namespace

Result<int> run_status(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_CHECK(session.gateway.require());
    MT_TRY(auto rows, tenant_rows(session, ids, true));
    for (auto& row : rows) tell_what_goes_on(row);
    if (arguments.quiet) return std::all_of(rows.begin(), rows.end(), is_served) ? cli::k_done : cli::k_not_running;

    std::size_t next = 0;
    const auto one = [&](const TenantId&) -> Result<json> { return rows[next++]; };
    const auto text = [&](const json& row) {
        const bool first = row["id"] == rows.front()["id"];
        return (first ? "" : "\n") + cli::render_fields(row, fields(), session.output.colour());
    };
    return for_each_tenant(session, arguments, ids, one, text);
}

}  // namespace mt::mtm
