#include <nlohmann/json.hpp>

#include "base/printable.hpp"
#include "mtm/acknowledge.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/copy_tenant.hpp"
#include "mtm/place.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/staging.hpp"
#include "mtm/stream_job.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

/// The rows as the source's login reads them, made by the copy's.
Status copy_rows(const Session& session, const TenantId& from, const TenantId& to, const std::filesystem::path& copy) {
    MT_TRY(auto rows, StreamJob::reading(from, session.layout().tenant(from), session.display(from), {"dump-rows"}));
    MT_TRY(auto load, StreamJob::with_input(to, copy, session.display(to), {"load-dump"}, rows.stream()));
    const auto loaded = load.finish();
    const auto read = rows.finish();
    if (!read.ok()) return read.error();  // it is why the other one misses its last line
    return loaded.ok() ? Status{} : loaded.error();
}

/// A login of its own for a copy whose source has one on a server.
Result<PlaceChange> make_own_place(const Session& session, const TenantId& from, const TenantId& to,
                                   const std::filesystem::path& copy, bool data) {
    MT_TRY(const auto place, place_of(copy));
    if (!place) return PlaceChange::none(session);
    MT_CHECK(write_place(session, copy, {place->server, place->tenancy}));
    MT_TRY(auto change, PlaceChange::begin(session, to, copy, "make"));
    if (data) MT_CHECK(copy_rows(session, from, to, copy));
    return change;
}

/// Everything up to the commit point is in .staging. The source is not held: it goes on serving.
Result<std::vector<std::string>> copy_to(const Session& session, const TenantId& from, const TenantId& to, bool data) {
    const auto& layout = session.layout();
    MT_TRY(const auto source_lock, lock_tenant(layout, from));
    MT_TRY(const auto lock, lock_tenant(layout, to));
    MT_CHECK(require_tenant(layout, from));
    MT_CHECK(check_free(layout, to));
    MT_TRY(auto staging, Staging::create(layout, to));
    MT_CHECK(copy_tenant(from, layout.tenant(from), session.display(from), staging.folder(), data));
    MT_CHECK(make_own(staging.folder(), session.display(to)));
    MT_TRY(auto place, make_own_place(session, from, to, staging.folder(), data));
    MT_TRY(auto warnings, check_tenant(to, staging.folder(), session.display(to)));
    forget_log(layout, to);
    MT_CHECK(staging.publish(layout.tenant(to)));
    MT_CHECK(place.commit());
    return warnings;
}

}  // namespace

Result<int> run_clone(Session& session, const Arguments& arguments) {
    if (arguments.words.size() != 2)
        return Error{Errc::usage,
            "clone takes the id of a tenant and that of the copy"}.hint("mtm clone foo bar --data");
    if (arguments.with_data == arguments.structure)
        return Error{Errc::usage, "say what to copy: --data or --structure"}.hint(
            "--structure is configuration and models, --data everything");
    MT_TRY(const auto from, TenantId::parse(arguments.words[0]));
    MT_TRY(const auto to, TenantId::parse(arguments.words[1]));
    MT_CHECK(require_tenant(session.layout(), from));
    MT_CHECK(check_free(session.layout(), to));
    MT_CHECK(check_sockets(session.layout(), to));
    const std::string what = arguments.with_data ? "configuration, models, files and data" : "configuration and models";
    if (arguments.dry_run)
        return session.output.result(plan(to, {"copy " + what + " of " + session.display(from),
                                               "check the configuration", "rename it to " + session.display(to),
                                               "wait for the gateway, if it runs"}),
                                     plan_text);
    Acknowledge acknowledge{session, arguments};
    MT_CHECK(acknowledge.prepare());
    settle_places(session);
    MT_TRY(const auto warnings, copy_to(session, from, to, arguments.with_data));
    for (const auto& warning : warnings) session.output.note("warning: tenant " + to.str() + ": " + printable(warning));
    MT_TRY(const bool served, acknowledge.sync(to));
    const json row{{"id", to.str()}, {"from", from.str()}, {"data", arguments.with_data},
                   {"folder", session.display(to)}, {"url", session.gateway.base_url() + "/" + to.str()},
                   {"served", served}, {"warnings", warnings}};
    return session.output.result(row, [](const json& done) {
        return "cloned " + done["from"].get<std::string>() + " to " + done["id"].get<std::string>() + "  " +
               done["url"].get<std::string>() + "\n";
    });
}

}  // namespace mt::mtm
