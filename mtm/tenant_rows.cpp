#include "mtm/tenant_rows.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_map>

#include "mtm/tenant_file.hpp"

namespace mt::mtm {

namespace {

json row_of_folder(const Session& session, const TenantId& id, bool gateway_runs) {
    json row{{"id", id.str()}, {"state", "unknown"}};
    for (const auto* key : {"reason", "since", "pid", "uptime_ms", "restarts", "memory_bytes", "revision", "requests",
                            "server_errors", "in_flight", "requests_per_second", "p95_ms", "error"})
        row[key] = nullptr;
    if (gateway_runs) return row;
    const auto config = tenant_config(session.layout(), id);
    if (config.ok())
        if (const auto& wanted = wanted_state(*config, std::chrono::system_clock::now()); wanted != "running") row["state"] = wanted;
    return row;
}

}  // namespace

Result<json> tenant_rows(Session& session, const std::vector<TenantId>& ids, bool gateway_runs) {
    auto all = json::array();
    std::unordered_map<std::string_view, json*> known;
    if (gateway_runs) {
        MT_TRY(all, session.gateway.get("/tenants"));
        for (auto& row : all)
            if (row.is_object() && row.contains("id") && row["id"].is_string())
                known[row["id"].get_ref<const std::string&>()] = &row;
    }
    auto rows = json::array();
    for (const auto& id : ids) {
        const auto found = known.find(id.str());
        rows.push_back(found != known.end() ? std::move(*found->second) : row_of_folder(session, id, gateway_runs));
    }
    return rows;
}

}  // namespace mt::mtm
