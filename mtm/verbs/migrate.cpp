#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "mtm/printable.hpp"
#include "mtm/progress.hpp"
#include "mtm/run_record.hpp"
#include "mtm/select.hpp"
#include "mtm/tenant_jobs.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

using Outcomes = std::map<std::string, Result<json>>;

std::string step_text(const json& step) {
    const auto name = step["name"].get<std::string>();
    const auto text = name == "models" ? step["sql"].get<std::string>() : "migrations/" + name;
    return step["effect"].get<std::string>() + ": " + printable(text);
}

/// Tenants that want the same come together: of a thousand there are seldom more than two kinds.
std::string plans_text(const json& rows) {
    std::map<std::vector<std::string>, std::vector<std::string>> groups;
    for (const auto& row : rows) {
        if (!row.contains("pending")) continue;
        std::vector<std::string> steps;
        for (const auto& step : row["pending"]) steps.push_back(step_text(step));
        groups[steps].push_back(row["id"].get<std::string>());
    }
    std::string text;
    for (const auto& [steps, ids] : groups) {
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(ids.size(), 5); ++i) names += " " + ids[i];
        text += std::to_string(ids.size()) + (ids.size() == 1 ? " tenant" : " tenants") + " (" + names.substr(1) +
            (ids.size() > 5 ? " …" : "") + "): " +
                (steps.empty() ? "nothing to do\n" : std::to_string(steps.size()) + " steps\n");
        for (const auto& step : steps) text += "  " + step + "\n";
    }
    return text;
}

Result<int> print_plans(const Session& session, const Arguments& arguments, const std::vector<TenantId>& ids) {
    Outcomes outcomes;
    Progress progress{"tenants", !session.output.json_wanted()};
    progress.expect(ids.size());
    run_tenant_jobs(session, ids, {"schema"}, arguments.parallel, [&](const TenantId& id, Result<json> result) {
        progress.add(1);
        outcomes.emplace(id.str(), std::move(result));
        return true;
    });
    auto all = json::array();
    const auto row_of = [&](const TenantId& id) -> Result<json> {
        MT_TRY(auto plan, outcomes.at(id.str()));
        json row{{"id", id.str()}, {"applied", json::array()}, {"pending", json::array()}};
        if (plan.is_object()) row.update(plan);
        all.push_back(row);
        return row;
    };
    // One text for all of them, behind the last.
    return for_each_tenant(session, arguments, ids, row_of, [&](const json& row) {
        return row["id"] == all.back()["id"] ? plans_text(all) : std::string{};
    });
}

/// One run over tenants, in the order of its record.
class Rollout {
public:
    Rollout(const Session& session, const Arguments& arguments, RunRecord record)
        : session_(session), arguments_(arguments), record_(std::move(record)) {}

    /// The first few one after the other, and no further one if any of them fails.
    Status run() {
        const auto& ids = record_.left();
        const auto first = static_cast<std::ptrdiff_t>(std::min(arguments_.canary, ids.size()));
        Progress progress{"tenants", !session_.output.json_wanted()};
        progress.expect(ids.size());
        if (first > 0) batch({ids.begin(), ids.begin() + first}, 1, 1, progress);
        if (failures_ == 0)
            batch({ids.begin() + first, ids.end()}, arguments_.parallel, arguments_.max_failures, progress);
        return noted_;
    }

    Result<json> outcome_of(const TenantId& id) const {
        const auto found = outcomes_.find(id.str());
        if (found != outcomes_.end()) return found->second;
        return Error{Errc::failed, "not begun: too many others failed"}
            .of_tenant(id.str())
            .hint("correct what failed, then: mtm migrate --resume");
    }

private:
    void batch(const std::vector<TenantId>& ids, std::size_t parallel, std::size_t failures_most, Progress& progress) {
        std::vector<std::string> words{"schema", "--apply"};
        if (arguments_.allow_destructive) words.emplace_back("--allow-destructive");
        run_tenant_jobs(session_, ids, words, parallel, [&](const TenantId& id, Result<json> result) {
            progress.add(1);
            const auto noted = record_.note(id, result.ok() ? "" : result.error().message());
            if (!noted.ok()) noted_ = noted;
            failures_ += result.ok() ? 0 : 1;
            outcomes_.emplace(id.str(), std::move(result));
            return noted_.ok() && (failures_most == 0 || failures_ < failures_most);
        });
    }

    const Session& session_;
    const Arguments& arguments_;
    RunRecord record_;
    Outcomes outcomes_;
    std::size_t failures_ = 0;
    Status noted_;
};

Result<int> apply(const Session& session, const Arguments& arguments, RunRecord record) {
    const auto ids = record.left();
    if (ids.empty()) session.output.note("nothing is left to do");
    Rollout rollout{session, arguments, std::move(record)};
    MT_CHECK(rollout.run());
    const auto row_of = [&](const TenantId& id) -> Result<json> {
        MT_TRY(const auto outcome, rollout.outcome_of(id));
        json row{{"id", id.str()}, {"applied", json::array()}, {"done", json::array()}};
        if (outcome.is_object()) row.update(outcome);
        return row;
    };
    return for_each_tenant(session, arguments, ids, row_of, [](const json& row) {
        auto text = row["id"].get<std::string>() + "  " + (row["done"].empty() ? "nothing to do" : "migrated") + "\n";
        for (const auto& step : row["done"]) text += "  " + step_text(step) + "\n";
        return text;
    });
}

}  // namespace

Result<int> run_migrate(Session& session, const Arguments& arguments) {
    if (arguments.resume) {
        if (!arguments.words.empty() || arguments.all) return Error{Errc::usage,
            "--resume goes on with the last run's tenants"}.hint("mtm migrate --resume");
        MT_TRY(auto record, RunRecord::resume(session.layout(), "migrate"));
        auto over_many = arguments;
        over_many.all = true;
        return apply(session, over_many, std::move(record));
    }
    MT_TRY(const auto ids, select_tenants(session.layout(), arguments));
    if (arguments.plan || arguments.dry_run) return print_plans(session, arguments, ids);
    MT_TRY(auto record, RunRecord::begin(session.layout(), "migrate", ids));
    return apply(session, arguments, std::move(record));
}

}  // namespace mt::mtm
