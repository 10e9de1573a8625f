#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "mtm/acknowledge.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/staging.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/trash.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

/// A rename needs the right to write in both parents, and in what is moved from one to the other. Known before the gateway stops
/// the tenant, whose rows in memory end with its process.
Status check_movable(const std::filesystem::path& tenant, const std::filesystem::path& grave) {
    for (const auto& folder : {tenant.parent_path(), grave.parent_path(), tenant})
        if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0 && errno != ENOENT)
            return errno_error("write to", folder.native());
    return {};
}

/// What it has on a server, and its folder. On failure both are as they were.
Status shelve(const Session& session, const TenantId& id, const std::filesystem::path& grave) {
    const auto folder = session.layout().tenant(id);
    MT_TRY(auto place, PlaceChange::begin(session, id, folder, "shelve"));
    MT_CHECK(rename_noreplace(folder, grave));
    return place.commit();
}

Status bury(const Session& session, const TenantId& id, const std::filesystem::path& grave, const Acknowledge& acknowledge) {
    MT_TRY(const auto lock, lock_tenant(session.layout(), id));
    MT_CHECK(require_tenant(session.layout(), id));
    MT_CHECK(check_unprotected(session.layout(), id));
    MT_CHECK(check_movable(session.layout().tenant(id), grave));
    MT_CHECK(acknowledge.withdraw(id));
    auto status = shelve(session, id, grave);
    // Withdrawn and still there would be neither: the gateway takes it back.
    if (!status.ok() && acknowledge.gateway_runs()) static_cast<void>(session.gateway.sync(id));
    return status;
}

}  // namespace

Result<int> run_remove(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    Acknowledge acknowledge{session, arguments};
    if (!arguments.dry_run) MT_CHECK(acknowledge.prepare());
    if (!arguments.dry_run) settle_places(session);

    const auto remove = [&](const TenantId& id) -> Result<json> {
        MT_CHECK(check_unprotected(session.layout(), id));
        const auto grave = trash_place(session.layout(), id);
        if (arguments.dry_run)
            return plan(id, {"have the gateway stop it, if it runs", "rename " + session.display(id) + " to " + grave.native()});
        MT_CHECK(bury(session, id, grave, acknowledge));
        MT_TRY(const bool acknowledged, acknowledge.sync(id));
        return json{{"id", id.str()}, {"trash", grave.native()}, {"acknowledged", acknowledged}};
    };
    const auto text = [&](const json& row) {
        return arguments.dry_run ? plan_text(row) : "removed " + row["id"].get<std::string>() + "\n";
    };
    MT_TRY(const int code, for_each_tenant(session, arguments, ids, remove, text));
    if (code == 0 && !arguments.dry_run && !ids.empty()) {
        std::string names;
        for (const auto& id : ids) names += " " + id.str();
        session.output.note((ids.size() == 1 ? "bring it back with: mtm undelete" : "bring them back with: mtm undelete") + names);
    }
    return code;
}

}  // namespace mt::mtm
