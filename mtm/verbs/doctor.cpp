#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/cli/disk_room.hpp"
#include "base/cli/findings.hpp"
#include "base/control/probe.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/explain.hpp"
#include "mtm/leftovers.hpp"
#include "mtm/select.hpp"
#include "mtm/server_place.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

std::string next_of(const Error& error, const std::string& otherwise) { return error.place().hint.empty() ? otherwise
    : error.place().hint; }

void examine_configuration(const Session& session, const TenantId& id, cli::Findings& findings) {
    const auto checked = check_tenant(id, session.layout().tenant(id), session.display(id));
    if (!checked.ok()) return findings.fail("configuration", describe(checked.error()),
                                            next_of(checked.error(), "mtm check " + id.str()));
    if (checked->empty()) return findings.ok("configuration", "valid");
    for (const auto& warning : *checked)
        findings.warn("configuration", warning, "mtm check " + id.str() + " shows all warnings");
}

void examine_files(const Session& session, const TenantId& id, cli::Findings& findings) {
    const auto folder = session.layout().tenant(id);
    struct stat info {};
    for (const char* name : {".", "data", "tenant.json", "datasources.json", "config.json"}) {
        const auto path = folder / name;
        if (::stat(path.c_str(), &info) != 0) continue;
        const auto shown = session.display(id) + "/" + name;
        if (info.st_mode & S_IWOTH) return findings.fail("files", "everybody may write " + shown, "chmod o-w " + shown);
        if (::access(path.c_str(), R_OK) != 0)
            return findings.fail("files", shown + " cannot be read", "run mtm as the gateway's user, or chown it");
        const bool secret = std::string_view{name} == "datasources.json";
        if (secret && (info.st_mode & S_IROTH))
            findings.warn("files", "everybody may read " + shown + ", which may hold passwords", "chmod o-r " + shown);
    }
    findings.ok("files", session.display(id));
}

void examine_state(const Session& session, const TenantId& id, cli::Findings& findings) {
    const auto status = session.gateway.get("/tenants/" + id.str());
    if (!status.ok()) return findings.fail("gateway", "it does not know the tenant", "mtg reload");
    const auto state = status->value("state", std::string{});
    const auto steps = next_steps(*status);
    const auto step = steps.empty() ? "mtm why " + id.str() : steps.front();
    if (state == "failed" || state == "backoff" || state == "degraded") findings.fail("state", summary(*status), step);
    else if (state == "stopped" || state == "suspended") findings.warn("state", summary(*status), step);
    else findings.ok("state", summary(*status));
    for (const auto& hit : status->value("limits_hit", json::array())) {
        const auto limit = hit.value("limit", std::string{});
        findings.warn("limits", limit + " refused " + hit["count"].dump() + " requests, the last at " +
                      hit.value("last", std::string{}),
                      "if that is too many: mtm config set " + id.str() + " limits." + limit + " …");
    }
}

/// As a client asks: it may start the tenant's process.
void examine_answer(const Session& session, const TenantId& id, cli::Findings& findings) {
    const auto gateway = session.gateway.get("/gateway");
    if (!gateway.ok()) return;
    for (const auto& text : gateway->value("listen", json::array())) {
        const auto listen = parse_listen(text.get<std::string>());
        if (!listen.ok()) continue;
        const auto answer = probe(*listen, "/" + id.str());
        const auto asked = "GET /" + id.str() + " at " + listen->str() + ": ";
        if (!answer.ok()) findings.fail("answer", asked + answer.error().message(), "mtg doctor");
        else if (answer->status >= 500)
            findings.fail("answer", asked + std::to_string(answer->status),
                          "mtm why " + id.str() + "; mtm logs " + id.str());
        else findings.ok("answer", asked + std::to_string(answer->status));
        return;
    }
}

/// What is half done on database servers.
std::vector<Leftover> leftovers_on_servers(const Session& session) {
    std::vector<Leftover> found;
    for (const auto& entry : read_journal(session.layout())) {
        const auto lock = FileLock::acquire(session.layout().lock(entry.id));
        if (!lock.ok()) continue;  // somebody works on it
        found.push_back({"journal", "a program was killed that was to " + entry.op + " what " + entry.id.str() +
                         " has on the server " + entry.server, {}, [&session, entry] { return settle_place(session, entry); }});
    }
    return found;
}

/// The tenants folder as a whole.
Result<int> examine_folder(const Session& session, bool repair) {
    cli::Findings findings;
    auto cleared = json::array();
    auto leftovers = find_leftovers(session.layout());
    for (auto& each : leftovers_on_servers(session)) leftovers.push_back(std::move(each));
    for (const auto& leftover : leftovers) {
        if (!leftover.clear) {
            findings.fail(leftover.check, leftover.found, leftover.fix);
        } else if (!repair) {
            findings.fail(leftover.check, leftover.found, "mtm doctor --repair");
        } else if (const auto done = leftover.clear(); !done.ok()) {
            findings.fail(leftover.check, leftover.found + "; " + done.error().message(),
                next_of(done.error(), "remove it"));
        } else {
            findings.ok(leftover.check, leftover.found + "; cleared away");
            cleared.push_back(leftover.found);
        }
    }
    if (findings.rows().empty()) findings.ok("leftovers", "none in " + session.layout().tenants().native());
    const json row{{"healthy", !findings.failed()}, {"findings", findings.rows()}, {"cleared", cleared}};
    return session.output.result(row, [&](const json& shown) {
        return cli::render_findings(shown["findings"], session.output.colour());
    }, findings.failed() ? 1 : 0);
}

}  // namespace

Result<int> run_doctor(Session& session, const Arguments& arguments) {
    if (arguments.words.empty() && !arguments.all) return examine_folder(session, arguments.repair);
    if (arguments.repair) return Error{Errc::usage, "--repair is about the tenants folder"}.hint("mtm doctor --repair");
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    MT_TRY(const bool running, session.gateway.runs());
    bool failed = false;
    const auto examine = [&](const TenantId& id) -> Result<json> {
        cli::Findings findings;
        examine_files(session, id, findings);
        examine_configuration(session, id, findings);
        cli::examine_room(session.layout().tenant(id), findings);
        if (running) {
            examine_state(session, id, findings);
            examine_answer(session, id, findings);
        } else {
            findings.warn("gateway", "not running: only the files were looked at", "mtg start -d");
        }
        failed = failed || findings.failed();
        return json{{"id", id.str()}, {"healthy", !findings.failed()}, {"findings", findings.rows()}};
    };
    const bool several = ids.size() > 1;
    MT_TRY(const int code, for_each_tenant(session, arguments, ids, examine, [&](const json& row) {
        return (several ? row["id"].get<std::string>() + "\n" : "") +
            cli::render_findings(row["findings"], session.output.colour());
    }));
    return code == 0 && failed ? 1 : code;
}

}  // namespace mt::mtm
