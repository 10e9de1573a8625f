#include <nlohmann/json.hpp>

#include "base/cli/tenant_table.hpp"
#include "mtm/schema_state.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_rows.hpp"
#include "mtm/trash.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

Result<int> list_removed(const Session& session) {
    MT_TRY(const auto trash, list_trash(session.layout()));
    auto rows = json::array();
    for (const auto& each : trash) rows.push_back({{"id", each.id.str()}, {"removed", each.removed}, {"folder", each.folder.native()}});
    if (rows.empty()) session.output.note("the trash is empty");
    return session.output.result(rows, [&](const json& all) {
        return cli::render_table(all, {{"TENANT", "id"}, {"REMOVED", "removed"}, {"FOLDER", "folder"}}, session.output.colour(),
                                 session.output.width());
    });
}

/// What `revision` of the gateway is to `top`, how far the schema is is to `list`.
std::vector<cli::Column> columns() {
    auto all = cli::tenant_columns();
    for (auto& column : all)
        if (column.title == "REV") column.key = "schema_revision";
    return all;
}

}  // namespace

Result<int> run_list(Session& session, const Arguments& arguments) {
    if (arguments.trash && (arguments.all || !arguments.words.empty()))
        return Error{Errc::usage, "--trash lists all that was removed and takes no tenants"}.hint("mtm list --trash");
    if (arguments.trash) return list_removed(session);
    auto wanted = arguments;
    if (wanted.words.empty()) wanted.all = true;
    MT_TRY(const auto ids, select_tenants(session.layout(), wanted));
    MT_TRY(const bool running, session.gateway.runs());
    MT_TRY(auto rows, tenant_rows(session, ids, running));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto revision = schema_revision(session.layout(), ids[i]);
        rows[i]["schema_revision"] = revision.empty() ? json() : json(revision);
    }
    if (!running) session.output.note("note: the gateway is not running; start it with: mtg start");
    if (rows.empty()) session.output.note("no tenants in " + session.layout().tenants().native() + "; make one: mtm add foo");
    if (!session.output.json_wanted())
        for (auto& row : rows)
            if (row["state"] == "unknown") row["state"] = nullptr;  // the table's word for it is "-"
    return session.output.result(rows, [&](const json& shown) {
        return cli::render_table(shown, columns(), session.output.colour(), session.output.width());
    });
}

}  // namespace mt::mtm
