#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "base/tenant_config.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/snapshots.hpp"
#include "mtm/staging.hpp"
#include "mtm/trash.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

/// The ids to purge, each of them in the trash.
Result<std::vector<TenantId>> select_trashed(const Arguments& arguments, const std::vector<Trashed>& trash) {
    if (arguments.all && !arguments.words.empty())
        return Error{Errc::usage, "--all stands beside named tenants"}.hint("name tenants, or say --all");
    std::vector<TenantId> ids;
    if (!arguments.all) {
        MT_TRY(ids, parse_ids(arguments));
        for (const auto& id : ids)
            if (std::none_of(trash.begin(), trash.end(), [&](const Trashed& each) { return each.id == id; }))
                return Error{Errc::no_such_tenant, "no tenant " + in_quotes(id.str()) + " in the trash"}.of_tenant(id.str()).hint(
                    "only what was removed can be purged: mtm remove " + id.str());
        return ids;
    }
    for (const auto& each : trash)
        if (std::find(ids.begin(), ids.end(), each.id) == ids.end()) ids.push_back(each.id);
    return ids;
}

Status confirm_for_good(std::size_t count) {
    if (!::isatty(STDIN_FILENO))
        return Error{Errc::usage, "purge destroys for good and asks first, but there is no terminal"}.hint("say --yes");
    std::cerr << "Destroy what was removed of " << count << (count == 1 ? " tenant" : " tenants") << " for good? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "Y" || answer == "yes") return {};
    return Error{Errc::usage, "nothing was purged"};
}

/// Renamed into .staging first: a purge that is killed is finished by the next mtm, and undelete finds all or nothing.
Status destroy(const Session& session, const TenantId& id, const std::vector<Trashed>& trash) {
    const auto& layout = session.layout();
    MT_TRY(const auto lock, lock_tenant(layout, id));
    for (const auto& each : trash) {
        if (each.id != id) continue;
        MT_TRY(auto staging, Staging::create(layout, id));
        const auto config = read_tenant_config(each.folder / "tenant.json");
        MT_TRY(auto place, PlaceChange::begin(session, id, each.folder, "drop"));
        MT_CHECK(rename_noreplace(each.folder, staging.folder() / "purged"));
        MT_CHECK(place.commit());
        if (config.ok()) MT_CHECK(forget_snapshots(layout, config->key));
    }
    return {};
}

}  // namespace

Result<int> run_purge(Session& session, const Arguments& arguments) {
    MT_TRY(const auto trash, list_trash(session.layout()));
    MT_TRY(const auto ids, select_trashed(arguments, trash));
    if (!arguments.yes && !arguments.dry_run && !ids.empty()) MT_CHECK(confirm_for_good(ids.size()));
    if (!arguments.dry_run) settle_places(session);

    const auto purge = [&](const TenantId& id) -> Result<json> {
        if (arguments.dry_run) {
            std::vector<std::string> steps;
            for (const auto& each : trash)
                if (each.id == id) steps.push_back("destroy " + each.folder.native());
            return plan(id, steps);
        }
        MT_CHECK(destroy(session, id, trash));
        return json{{"id", id.str()}};
    };
    const auto text = [&](const json& row) {
        return arguments.dry_run ? plan_text(row) : "purged " + row["id"].get<std::string>() + "\n";
    };
    return for_each_tenant(session, arguments, ids, purge, text);
}

}  // namespace mt::mtm
