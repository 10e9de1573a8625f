#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/table.hpp"
#include "base/control/stream.hpp"
#include "base/printable.hpp"
#include "base/units.hpp"
#include "mtm/select.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

/// "12:00:01.250  200    3.2ms  GET /foo/api/Items  1.2 KiB  (queue 0.0ms, cold start 0.0ms, worker 3.0ms)"
std::string request_text(const json& line) {
    if (line.contains("lost")) return "… " + line["lost"].dump() + " lines were lost: this reader was too slow";
    const auto text = [&](const char* key) { return printable(line.value(key, std::string{})); };
    const auto time = [&](const char* key) { return cli::short_time(line.value(key, 0.0)); };
    const auto stamp = text("time");
    const auto total = time("total_ms");
    return (stamp.size() > 23 ? stamp.substr(11, 12) : stamp) + "  " + std::to_string(line.value("status", 0)) +
           std::string(total.size() < 9 ? 9 - total.size() : 1, ' ') + total + "  " + text("method") + " " +
               text("path") + "  " +
           format_size(line.value("bytes_out", std::uint64_t{0})) + "  (queue " + time("queue_ms") + ", cold start " +
               time("cold_start_ms") +
           ", worker " + time("worker_ms") + ")";
}

}  // namespace

Result<int> run_tail(Session& session, const Arguments& arguments) {
    if (arguments.words.size() != 1) return Error{Errc::usage, "tail takes one tenant"}.hint("mtm tail foo");
    MT_TRY(const auto id, TenantId::parse(arguments.words.front()));
    MT_CHECK(require_tenant(session.layout(), id));
    auto target = "/tenants/" + id.str() + "/requests?slow_ms=" + std::to_string(arguments.slow.count());
    // What is no status is refused by the gateway; what would change the request's meaning does not get there.
    if (arguments.status.find_first_not_of("0123456789xX,") != std::string::npos)
        return Error{Errc::usage, in_quotes(arguments.status) +
                     " is no status such as 404 or 5xx"}.hint("--status 4xx,503");
    if (!arguments.status.empty()) target += "&status=" + arguments.status;
    const auto print = [&](std::string_view text) {
        if (session.output.json_wanted()) std::cout << text << "\n";
        else if (const auto line = parse_json(text); line.ok() && line->is_object()) std::cout << request_text(*line)
            << "\n";
        return std::cout.good();
    };
    MT_CHECK(follow(session.layout().control_socket(), target, print, [] { std::cout.flush(); }));
    return 0;
}

}  // namespace mt::mtm
