#include <nlohmann/json.hpp>

#include "base/nearest.hpp"
#include "base/printable.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/staging.hpp"
#include "mtm/trash.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

Result<Trashed> last_of(const Session& session, const TenantId& id) {
    MT_TRY(const auto trash, list_trash(session.layout()));
    std::vector<std::string> names;
    for (auto at = trash.rbegin(); at != trash.rend(); ++at) {
        if (at->id == id) return *at;
        names.push_back(at->id.str());
    }
    auto hint = did_you_mean(id.str(), names);
    if (hint.empty()) hint = names.empty() ? "the trash is empty" : "mtm list --trash shows what is there";
    return Error{Errc::no_such_tenant, "no tenant " + in_quotes(id.str()) + " in the trash"}.of_tenant(id.str()).hint(
        std::move(hint));
}

Status dig_up(const Session& session, const TenantId& id) {
    MT_TRY(const auto lock, lock_tenant(session.layout(), id));
    MT_TRY(const auto found, last_of(session, id));
    MT_CHECK(check_free(session.layout(), id));
    MT_TRY(auto place, PlaceChange::begin(session, id, found.folder, "unshelve"));
    auto status = rename_noreplace(found.folder, session.layout().tenant(id));
    if (!status.ok() && status.error().code() == Errc::conflict)
        return Error{Errc::conflict, "a tenant of that name exists"}.of_tenant(id.str()).hint("remove that one first");
    MT_CHECK(status);
    MT_CHECK(place.commit());
    return end_alias(session.layout().tenant(id));
}

}  // namespace

Result<int> run_undelete(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, parse_ids(arguments));
    for (const auto& id : ids) {
        MT_TRY(const auto found, last_of(session, id));
        static_cast<void>(found);
    }
    Acknowledge acknowledge{session, arguments};
    if (!arguments.dry_run) MT_CHECK(acknowledge.prepare());
    if (!arguments.dry_run) settle_places(session);

    const auto undelete = [&](const TenantId& id) -> Result<json> {
        if (arguments.dry_run) return plan(id, {"rename what was removed last back to " + session.display(id)});
        MT_CHECK(dig_up(session, id));
        MT_TRY(const bool served, acknowledge.sync(id));
        return json{{"id", id.str()}, {"url", session.gateway.base_url() + "/" + id.str()}, {"served", served}};
    };
    const auto text = [&](const json& row) {
        if (arguments.dry_run) return plan_text(row);
        return "brought back " + row["id"].get<std::string>() + "  " + row["url"].get<std::string>() + "\n";
    };
    return for_each_tenant(session, arguments, ids, undelete, text);
}

}  // namespace mt::mtm
