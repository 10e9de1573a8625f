#include "mtm/tenant_jobs.hpp"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>

#include "mtm/server_place.hpp"
#include "mtm/staging.hpp"
#include "mtm/stream_job.hpp"
#include "mtm/tenant_file.hpp"

namespace mt::mtm {

namespace {

/// A job under way, or why there is none.
struct Begun {
    TenantId id;
    std::optional<FileLock> lock;
    std::optional<StreamJob> job;
    std::optional<Error> error;  ///< neither this nor a job: passed over
};

/// Tables that the tenant's own login may not make.
Result<StreamJob> begin_tables_job(const Session& session, const TenantId& id, const ServerPlace& place,
                                   const std::vector<std::string>& words) {
    const auto has = [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); };
    if (has("--rollback"))
        return Error{Errc::usage, "what was made on the server " + place.server + " is not taken back: only SQLite's migrations are"}
            .of_tenant(id.str());
    MT_TRY(const auto order, order_for_tables(session, id, place));
    return StreamJob::with_input(id, session.layout().tenant(id), session.display(id),
                                 {"provision", has("--apply") ? "tables" : "plan"}, order);
}

/// As the job `schema` says it.
json schema_outcome(const json& done, bool applied) {
    auto steps = json::array();
    for (const auto& sql : done["steps"]) steps.push_back({{"name", "models"}, {"effect", "additive"}, {"sql", sql}});
    return {{"applied", json::array()}, {applied ? "done" : "pending", std::move(steps)}};
}

Result<std::optional<StreamJob>> begin_job(const Session& session, const TenantId& id,
    const std::vector<std::string>& words) {
    MT_TRY(const auto config, tenant_config(session.layout(), id));
    if (config.is_command() || config.upstream) return std::optional<StreamJob>{};
    MT_TRY(const auto place, place_of(session.layout().tenant(id)));
    if (place && place->tenancy != "isolated") {
        MT_TRY(auto tables, begin_tables_job(session, id, *place, words));
        return std::optional{std::move(tables)};
    }
    MT_TRY(auto job, StreamJob::with_input(id, session.layout().tenant(id), session.display(id), words, Fd{}));
    return std::optional{std::move(job)};
}

Begun begin(const Session& session, const TenantId& id, const std::vector<std::string>& words) {
    Begun begun{id, {}, {}, {}};
    auto lock = lock_tenant(session.layout(), id);
    if (!lock.ok()) {
        begun.error = std::move(lock).error();
        return begun;
    }
    begun.lock.emplace(*std::move(lock));
    auto job = begin_job(session, id, words);
    if (!job.ok()) begun.error = std::move(job).error();
    else if (*job) begun.job.emplace(**std::move(job));
    return begun;
}

Result<json> end(Begun& begun, const std::vector<std::string>& words) {
    if (begun.error) return *begun.error;
    if (!begun.job) return json();
    MT_TRY(const auto printed, begun.job->finish());
    auto document = parse_json(printed);
    if (document.ok() && document->is_object() && document->contains("data")) {
        const auto& data = (*document)["data"];
        if (!data.contains("steps")) return data;
        return schema_outcome(data, std::find(words.begin(), words.end(), "--apply") != words.end());
    }
    return Error{Errc::failed, "tenant-app does not say what it did"}.hint("is it of the same version as mtm?");
}

}  // namespace

void run_tenant_jobs(const Session& session, const std::vector<TenantId>& ids, const std::vector<std::string>& words,
                     std::size_t parallel, const std::function<bool(const TenantId&, Result<json>)>& done) {
    std::deque<Begun> under_way;
    bool go_on = true;
    std::size_t next = 0;
    while (!under_way.empty() || (go_on && next < ids.size())) {
        while (go_on && next < ids.size() && under_way.size() < parallel) under_way.push_back(begin(session,
            ids[next++], words));
        auto& first = under_way.front();
        const auto id = first.id;
        auto result = end(first, words);
        under_way.pop_front();
        go_on = done(id, std::move(result)) && go_on;
    }
}

}  // namespace mt::mtm
