#include "mtm/fan_out.hpp"

#include "mtm/worker.hpp"

namespace mt::mtm {

namespace {

constexpr std::size_t k_errors_bytes_max = 64u << 10;

}  // namespace

std::vector<PooledJob> jobs_of(const Session& session, const std::vector<TenantId>& ids,
                               const std::vector<std::string>& words) {
    std::vector<PooledJob> jobs;
    for (const auto& id : ids) {
        auto& job = jobs.emplace_back(PooledJob{id.str(), {session.layout().tenant(id).native()}});
        job.words.insert(job.words.end(), words.begin(), words.end());
    }
    return jobs;
}

std::vector<FanOutEnd> fan_out(const Session& session, const std::vector<TenantId>& ids,
                               const std::vector<std::string>& words, const PoolOrder& order,
                               std::size_t output_bytes_max) {
    std::map<std::string, FanOutEnd> ends;
    for (const auto& id : ids) ends.emplace(id.str(), FanOutEnd{0, {}, {}});
    PoolListener listener;
    listener.said = [&](const PooledJob& job, Stream stream, std::string_view text) {
        auto& end = ends.at(job.name);
        if (stream == Stream::output) end.output += text;
        else if (end.errors.size() < k_errors_bytes_max) end.errors += text;
        return end.output.size() <= output_bytes_max;
    };
    listener.ended = [&](const PooledJob& job, Result<int> code) { ends.at(job.name).exit_code = std::move(code); };
    run_pool(jobs_of(session, ids, words), order, listener);
    std::vector<FanOutEnd> all;
    for (const auto& id : ids) all.push_back(std::move(ends.at(id.str())));
    return all;
}

std::optional<Error> failure_of(const Session& session, const TenantId& id, const FanOutEnd& end) {
    if (!end.exit_code.ok()) {
        auto error = end.exit_code.error();
        return std::move(error).of_tenant(id.str());
    }
    if (*end.exit_code == 0) return {};
    return job_error(id, session.layout().tenant(id), session.display(id), {*end.exit_code, {}, end.errors});
}

}  // namespace mt::mtm
