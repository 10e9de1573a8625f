#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/units.hpp"
#include "mtm/select.hpp"
#include "mtm/snapshots.hpp"
#include "mtm/staging.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

Result<json> snapshot_one(const Session& session, const Arguments& arguments, const TenantId& id) {
    MT_TRY(const auto folder, snapshots_of(session.layout(), id));
    if (arguments.dry_run) return plan(id, {"write a bundle of " + session.display(id) + " to " + folder.native()});
    MT_TRY(const auto lock, lock_tenant(session.layout(), id, arguments.timeout));
    Progress progress{"rows", !session.output.json_wanted()};
    MT_TRY(const auto taken, take_snapshot(session.layout(), id, arguments.scheduled ? "auto" : "", progress));
    auto row = snapshot_row(id, taken);
    row["removed"] = json::array();
    if (!arguments.scheduled) return row;
    MT_TRY(const auto config, tenant_config(session.layout(), id));
    MT_TRY(row["removed"], thin_out(folder, config.snapshots_keep));
    return row;
}

}  // namespace

Result<int> run_snapshot(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    const auto act = [&](const TenantId& id) { return snapshot_one(session, arguments, id); };
    return for_each_tenant(session, arguments, ids, act, [&](const json& row) {
        if (arguments.dry_run) return plan_text(row);
        return "snapshot of " + row["id"].get<std::string>() + "  " + row["name"].get<std::string>() + "  " +
               format_size(row["bytes"].get<std::uint64_t>()) + "\n";
    });
}

Result<int> run_snapshots(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    auto rows = json::array();
    for (const auto& id : ids) {
        MT_TRY(const auto config, tenant_config(session.layout(), id));
        if (config.key.empty()) continue;  // made by hand: it has none, since they are kept by the key
        MT_TRY(const auto folder, snapshots_of(session.layout(), id));
        for (const auto& snapshot : list_snapshots(folder)) rows.push_back(snapshot_row(id, snapshot));
    }
    if (rows.empty()) session.output.note("no snapshots; take one: mtm snapshot " +
        (ids.empty() ? std::string{"foo"} : ids.front().str()));
    return session.output.result(rows, [&](json shown) {
        for (auto& row : shown) row["size"] = format_size(row["bytes"].get<std::uint64_t>());
        const std::vector<cli::Column> columns{{"TENANT", "id"}, {"NAME", "name"}, {"TIME", "time"}, {"WHY", "reason"},
            {"SIZE", "size"}};
        return cli::render_table(shown, columns, session.output.colour(), session.output.width());
    });
}

}  // namespace mt::mtm
