#include "mtm/tenant_jobs.hpp"

#include <deque>
#include <nlohmann/json.hpp>
#include <optional>

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

Result<std::optional<StreamJob>> begin_job(const Session& session, const TenantId& id,
    const std::vector<std::string>& words) {
    MT_TRY(const auto config, tenant_config(session.layout(), id));
    if (config.is_command() || config.upstream) return std::optional<StreamJob>{};
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

Result<json> end(Begun& begun) {
    if (begun.error) return *begun.error;
    if (!begun.job) return json();
    MT_TRY(const auto printed, begun.job->finish());
    auto document = parse_json(printed);
    if (document.ok() && document->is_object() && document->contains("data")) return (*document)["data"];
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
        auto result = end(first);
        under_way.pop_front();
        go_on = done(id, std::move(result)) && go_on;
    }
}

}  // namespace mt::mtm
