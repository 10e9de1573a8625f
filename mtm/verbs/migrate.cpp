#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "mtm/glob.hpp"
#include "mtm/migrate_report.hpp"
#include "mtm/progress.hpp"
#include "mtm/run_record.hpp"
#include "mtm/schema_state.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_jobs.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

bool names_one_tenant(const Arguments& arguments) {
    return !arguments.all && !arguments.resume && arguments.words.size() == 1 && !is_glob(arguments.words.front());
}

std::vector<std::string> job_words(const Arguments& arguments, bool apply) {
    std::vector<std::string> words{"schema"};
    if (apply) words.emplace_back("--apply");
    if (arguments.rollback) words.insert(words.end(), {"--rollback", std::to_string(arguments.steps)});
    if (arguments.allow_destructive) words.emplace_back("--allow-destructive");
    return words;
}

/// The row of a tenant whose job has said `outcome`; null for one that no worker of ours serves. `kind` is "pending" or
/// "done".
json row_of_job(const Arguments& arguments, const TenantId& id, const json& outcome, const char* kind) {
    json row{{"id", id.str()}, {"applied", json::array()}, {kind, json::array()}};
    if (outcome.is_object()) row.update(outcome);
    if (arguments.rollback) row["rolled_back"] = row[kind].size();
    return row;
}

Result<int> print_status(const Session& session, const Arguments& arguments, const std::vector<TenantId>& ids) {
    MigrateReport report{session};
    for (const auto& id : ids) report.add(schema_row(id, schema_state(session.layout(), id)));
    return report.end(names_one_tenant(arguments), [&](const json& rows) {
        return cli::render_table(rows,
                                 {{"TENANT", "id"}, {"SCHEMA", "state"}, {"REV", "revision"},
                                  {"APPLIED", "applied", cli::Show::count}, {"PENDING", "pending", cli::Show::count}},
                                 session.output.colour(), session.output.width());
    });
}

Result<int> print_plans(const Session& session, const Arguments& arguments, const std::vector<TenantId>& ids) {
    MigrateReport report{session};
    Progress progress{"tenants", !session.output.json_wanted()};
    progress.expect(ids.size());
    run_tenant_jobs(session, ids, job_words(arguments, false), arguments.parallel,
                    [&](const TenantId& id, Result<json> result) {
        progress.add(1);
        if (result.ok()) report.add(row_of_job(arguments, id, *result, "pending"));
        else report.add_failure(id, std::move(result).error());
        return true;
    });
    return report.end(names_one_tenant(arguments), plans_text);
}

/// One run over tenants, in the order of its record.
class Rollout {
public:
    Rollout(const Session& session, const Arguments& arguments, RunRecord record, MigrateReport& report)
        : session_(session), arguments_(arguments), record_(std::move(record)), report_(report) {}

    /// The first few one after the other, and no further one if any of them fails.
    Status run() {
        const auto& ids = record_.left();
        const auto first = static_cast<std::ptrdiff_t>(std::min(arguments_.canary, ids.size()));
        Progress progress{"tenants", !session_.output.json_wanted()};
        progress.expect(ids.size());
        if (first > 0) batch({ids.begin(), ids.begin() + first}, 1, 1, progress);
        if (failures_ == 0)
            batch({ids.begin() + first, ids.end()}, arguments_.parallel, arguments_.max_failures, progress);
        for (auto at = ids.begin() + static_cast<std::ptrdiff_t>(ended_); at != ids.end(); ++at)
            report_.add_failure(*at, Error{Errc::failed, "not begun: too many others failed"}.hint(
                "correct what failed, then: mtm migrate --resume"));
        return noted_;
    }

private:
    void batch(const std::vector<TenantId>& ids, std::size_t parallel, std::size_t failures_most, Progress& progress) {
        run_tenant_jobs(session_, ids, job_words(arguments_, true), parallel,
                        [&](const TenantId& id, Result<json> result) {
            progress.add(1);
            ++ended_;
            const auto noted = record_.note(id, result.ok() ? "" : result.error().message());
            if (!noted.ok()) noted_ = noted;
            failures_ += result.ok() ? 0 : 1;
            if (result.ok()) try_again(id, *result);
            if (result.ok()) report_.add(row_of_job(arguments_, id, *result, "done"));
            else report_.add_failure(id, std::move(result).error());
            return noted_.ok() && (failures_most == 0 || failures_ < failures_most);
        });
    }

    /// A worker that could not start for want of what is there now.
    void try_again(const TenantId& id, const json& outcome) const {
        if (!outcome.is_object() || outcome.value("done", json::array()).empty()) return;
        const auto tenant = session_.gateway.get("/tenants/" + id.str());
        if (!tenant.ok()) return;  // no gateway runs, or it does not have it
        const auto state = tenant->value("state", std::string{});
        const bool wanted = state == "failed" || state == "backoff" || state == "degraded";
        if (!wanted) return;
        if (const auto done = session_.gateway.act(id, state == "degraded" ? "restart" : "start"); !done.ok())
            session_.output.note("note: tenant " + id.str() + ": " + done.error().message());
    }

    const Session& session_;
    const Arguments& arguments_;
    RunRecord record_;
    MigrateReport& report_;
    std::size_t failures_ = 0, ended_ = 0;
    Status noted_;
};

Result<int> resume(const Session& session, const Arguments& arguments) {
    if (!arguments.words.empty() || arguments.all || arguments.rollback)
        return Error{Errc::usage, "--resume goes on with the last run's tenants"}.hint("mtm migrate --resume");
    MT_TRY(auto record, RunRecord::resume(session.layout(), "migrate"));
    if (record.left().empty()) session.output.note("nothing is left to do");
    MigrateReport report{session};
    Rollout rollout{session, arguments, std::move(record), report};
    MT_CHECK(rollout.run());
    return report.end(false, done_text);
}

/// Of tenants that are known to have what they want no process is started, nor are they in the run's record.
Result<int> apply(const Session& session, const Arguments& arguments, const std::vector<TenantId>& ids) {
    MigrateReport report{session};
    std::vector<TenantId> left;
    for (const auto& id : ids) {
        const auto state = arguments.recheck || arguments.rollback ? SchemaState{"unknown", {}, {}}
            : schema_state(session.layout(), id);
        if (state.state != "current" && state.state != "none") left.push_back(id);
        else report.add({{"id", id.str()}, {"done", json::array()},
                         {"applied", state.seen ? state.seen->applied : std::vector<std::string>{}}});
    }
    if (!left.empty()) {
        // A rollback is no run to go on with: it would take back more.
        MT_TRY(auto record, RunRecord::begin(session.layout(), arguments.rollback ? "rollback" : "migrate", left));
        Rollout rollout{session, arguments, std::move(record), report};
        MT_CHECK(rollout.run());
    }
    return report.end(names_one_tenant(arguments), done_text);
}

}  // namespace

Result<int> run_migrate(Session& session, const Arguments& arguments) {
    if (arguments.resume) return resume(session, arguments);
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    if (arguments.migration_status) return print_status(session, arguments, ids);
    if (arguments.plan || arguments.dry_run) return print_plans(session, arguments, ids);
    return apply(session, arguments, ids);
}

}  // namespace mt::mtm
