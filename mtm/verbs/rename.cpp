#include <nlohmann/json.hpp>

#include "base/aliases.hpp"
#include "base/units.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/edit_json.hpp"
#include "mtm/place.hpp"
#include "mtm/scaffold.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/staging.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

// What belongs to a tenant elsewhere is named by its key, so one rename of the folder is all there is to do. The alias
// is written before: it counts only while the former name is nobody's, and leads to the tenant with the key.

namespace mt::mtm {

namespace {

/// The tenant's key; one is written for a tenant that somebody made by hand without. The caller holds the lock.
Result<std::string> key_of(const Session& session, const TenantId& id) {
    MT_TRY(const auto config, tenant_config(session.layout(), id));
    if (!config.key.empty()) return config.key;
    MT_TRY(auto object, read_optional_object(session.layout().tenant(id) / "tenant.json", session.display(id) +
        "/tenant.json"));
    MT_TRY(const auto key, fresh_key());
    object.root["key"] = key;
    MT_CHECK(write_object(object));
    return key;
}

/// Under both locks, which end with it, before the wait for the gateway.
Status move_tenant(const Session& session, const TenantId& from, const TenantId& to,
                   std::chrono::milliseconds alias_for, const Acknowledge& acknowledge) {
    const auto& layout = session.layout();
    MT_TRY(const auto lock, lock_tenant(layout, from));
    MT_TRY(const auto lock_of_new, lock_tenant(layout, to));
    MT_CHECK(require_tenant(layout, from));
    MT_CHECK(check_free(layout, to));
    MT_TRY(const auto key, key_of(session, from));
    if (alias_for.count() > 0)
        MT_CHECK(write_alias(layout.aliases(), {from.str(), key, to.str(), std::chrono::system_clock::now() +
            alias_for}));
    else MT_CHECK(remove_alias(layout.aliases(), from));
    MT_CHECK(acknowledge.withdraw(from));
    auto moved = rename_noreplace(layout.tenant(from), layout.tenant(to));
    if (!moved.ok()) {
        // Withdrawn and still there would be neither: the gateway takes it back.
        if (acknowledge.gateway_runs()) static_cast<void>(session.gateway.sync(from));
        return moved;
    }
    move_log(layout, from, to);
    return end_alias(layout.tenant(to));
}

}  // namespace

Result<int> run_rename(Session& session, const Arguments& arguments) {
    if (arguments.words.size() != 2)
        return Error{Errc::usage, "rename takes the tenant's id and the new one"}.hint("mtm rename foo bar");
    MT_TRY(const auto from, TenantId::parse(arguments.words[0]));
    MT_TRY(const auto to, TenantId::parse(arguments.words[1]));
    if (from == to) return Error{Errc::usage, "both ids are the same"}.of_tenant(from.str());
    MT_CHECK(require_tenant(session.layout(), from));
    MT_CHECK(check_free(session.layout(), to));
    MT_CHECK(check_sockets(session.layout(), to));
    const bool alias = arguments.alias_for.count() > 0;
    if (arguments.dry_run) {
        auto steps = plan(from, {"have the gateway stop it, if it runs", "rename " + session.display(from) + " to " +
            session.display(to)});
        if (alias) steps["steps"].push_back("redirect /" + from.str() + " to /" + to.str() + " for " +
            format_duration(arguments.alias_for));
        return session.output.result(steps, plan_text);
    }
    Acknowledge acknowledge{session, arguments};
    MT_CHECK(acknowledge.prepare());
    settle_places(session);
    MT_CHECK(move_tenant(session, from, to, arguments.alias_for, acknowledge));
    MT_TRY(const bool gone, acknowledge.sync(from));
    MT_TRY(const bool served, acknowledge.sync(to));
    static_cast<void>(gone);
    json row{{"id", to.str()}, {"former_id", from.str()}, {"url", session.gateway.base_url() + "/" + to.str()},
        {"served", served}};
    row["alias_until"] = alias ? json(format_time(std::chrono::system_clock::now() + arguments.alias_for)) : json();
    return session.output.result(row, [](const json& done) {
        auto text = "renamed " + done["former_id"].get<std::string>() + " to " + done["id"].get<std::string>() + "  " +
                    done["url"].get<std::string>() + "\n";
        if (done["alias_until"].is_string()) text += "  the former name is redirected until " +
            done["alias_until"].get<std::string>() + "\n";
        return text;
    });
}

}  // namespace mt::mtm
