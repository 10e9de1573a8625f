#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/units.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_file.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

/// "2h" from now, or a time. Fails with usage if it is neither, or has passed.
Result<std::optional<WallTime>> parse_until(const std::string& text) {
    if (text.empty()) return std::optional<WallTime>{};
    const auto now = std::chrono::system_clock::now();
    WallTime until;
    if (const auto wait = parse_duration(text); wait.ok()) {
        constexpr std::chrono::years k_longest{100};
        if (*wait > k_longest) return Error{Errc::usage, "--until: " + text.substr(0, 40) + " is longer than 100 years"}.hint("leave it out to suspend for good");
        until = now + *wait;
    } else {
        const auto time = parse_time(text);
        if (!time.ok())
            return Error{Errc::usage, "--until: neither a duration nor a time: " + time.error().message()}.hint(
                "--until 2h, or --until 2026-12-01T08:00:00Z");
        until = *time;
    }
    if (until <= now) return Error{Errc::usage, "--until: " + format_time(until) +
                                   " has passed"}.hint("leave it out to suspend for good");
    return std::optional{until};
}

/// A reason goes to the tenant's clients: one line of text.
Status check_reason(const std::string& reason) {
    constexpr std::size_t bytes_max = 500;
    const bool plain = std::all_of(reason.begin(), reason.end(),
                                   [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
    if (plain && reason.size() <= bytes_max) return {};
    return Error{Errc::usage,
                 "--reason is one line of at most 500 bytes"}.hint("clients are shown it: --reason 'unpaid since May'");
}

/// Written; now the gateway has to act, or with --no-wait will by itself.
Result<json> have_it_done(const Session& session, const Arguments& arguments, const TenantId& id, const char* what) {
    if (arguments.no_wait) return json{{"id", id.str()}, {"state", nullptr}};
    return session.gateway.act(id, what);
}

}  // namespace

Result<int> run_suspend(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_TRY(const auto until, parse_until(arguments.until));
    MT_CHECK(check_reason(arguments.reason));
    MT_CHECK(session.gateway.require());
    const auto suspend = [&](const TenantId& id) -> Result<json> {
        if (arguments.dry_run)
            return plan(id, {"write \"state\": \"suspended\"" +
                             (until ? " until " + format_time(*until) : std::string{}) + " to " +
                                 session.display(id) + "/tenant.json",
                             "have the gateway stop it and answer 503"});
        MT_CHECK(write_suspension(session.layout(), id, arguments.reason, until));
        return have_it_done(session, arguments, id, "stop");
    };
    const auto text = [&](const json& row) {
        if (arguments.dry_run) return plan_text(row);
        return "suspended " + row["id"].get<std::string>() +
            (until ? " until " + format_time(*until) : std::string{}) + "\n";
    };
    return for_each_tenant(session, arguments, ids, suspend, text);
}

Result<int> run_resume(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_CHECK(session.gateway.require());
    const auto resume = [&](const TenantId& id) -> Result<json> {
        if (arguments.dry_run)
            return plan(id, {"take the suspension out of " + session.display(id) + "/tenant.json",
                             "have the gateway serve it again"});
        MT_CHECK(lift_suspension(session.layout(), id));
        return have_it_done(session, arguments, id, "sync?serve=1");
    };
    const auto text = [&](const json& row) {
        return arguments.dry_run ? plan_text(row) : "resumed " + row["id"].get<std::string>() + "\n";
    };
    return for_each_tenant(session, arguments, ids, resume, text);
}

}  // namespace mt::mtm
