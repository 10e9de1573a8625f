#include <nlohmann/json.hpp>

#include "mtm/acknowledge.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/scaffold.hpp"
#include "mtm/select.hpp"
#include "mtm/staging.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

Status check_free(const Session& session, const TenantId& id) {
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::symlink_status(session.layout().tenant(id), ignored))) return {};
    return Error{Errc::conflict, "the tenant exists already"}.of_tenant(id.str()).hint("look at it: mtm status " + id.str());
}

Status check_sockets(const Session& session, const TenantId& id) {
    MT_CHECK(check_socket_path(session.layout().control_socket()));
    auto status = check_socket_path(session.layout().tenant_socket(id));
    if (!status.ok()) return status.error().of_tenant(id.str());
    return {};
}

/// Everything up to the commit point is in .staging; the lock ends with this function, before the wait for the gateway.
Status make_tenant(const Session& session, const TenantId& id, const Scaffold& scaffold) {
    MT_TRY(const auto lock, lock_tenant(session.layout(), id));
    MT_CHECK(check_free(session, id));
    MT_TRY(auto staging, Staging::create(session.layout(), id));
    MT_CHECK(fill(staging.folder(), scaffold));
    MT_TRY(const auto warnings, check_tenant(id, staging.folder(), session.display(id)));
    for (const auto& warning : warnings) session.output.note("warning: tenant " + id.str() + ": " + warning);
    return staging.publish(session.layout().tenant(id));
}

}  // namespace

Result<int> run_add(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, parse_ids(arguments));
    MT_TRY(const auto folder, find_template(session.layout().templates(), arguments.template_name));
    MT_TRY(const auto worker, worker_program());
    static_cast<void>(worker);  // asked for now, so that nothing is begun without it
    for (const auto& id : ids) MT_CHECK(check_sockets(session, id));
    Acknowledge acknowledge{session, arguments};
    if (!arguments.dry_run) MT_CHECK(acknowledge.prepare());
    const Scaffold scaffold{folder, arguments.connector};

    const auto add = [&](const TenantId& id) -> Result<json> {
        MT_CHECK(check_free(session, id));
        if (arguments.dry_run)
            return plan(id, {"copy the template " + folder.native(), "check the configuration",
                             "rename it to " + session.display(id), "wait for the gateway, if it runs"});
        MT_CHECK(make_tenant(session, id, scaffold));
        MT_TRY(const bool served, acknowledge.sync(id));
        const auto url = session.gateway.base_url() + "/" + id.str();
        return json{{"id", id.str()}, {"folder", session.display(id)}, {"url", url}, {"explorer", url + "/explorer"},
                    {"served", served}};
    };
    const auto text = [&](const json& row) {
        if (arguments.dry_run) return plan_text(row);
        const auto id = row["id"].get<std::string>();
        return "added " + id + "  " + row["url"].get<std::string>() + "\n";
    };
    MT_TRY(const int code, for_each_tenant(session, arguments, ids, add, text));
    if (code == 0 && !arguments.dry_run) session.output.note("next: mtm model " + ids.front().str() + ":Customer");
    return code;
}

}  // namespace mt::mtm
