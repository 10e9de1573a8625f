#include <nlohmann/json.hpp>

#include "base/control/document.hpp"
#include "base/printable.hpp"
#include "mtm/check_tenant.hpp"
#include "mtm/run_job.hpp"
#include "mtm/select.hpp"
#include "mtm/verbs.hpp"

// The worker's program answers, in a process of its own: its rules are not known here, and the tenant need not be running.
namespace mt::mtm {

namespace {

Error how_to() {
    return Error{Errc::usage, "say what to explain: a tenant, an HTTP method and a path"}.hint(
        "mtm acl explain foo GET /Customers/1 --as ann");
}

std::string explanation_text(const json& row) {
    const auto who = row.contains("as") ? printable(row["as"].get<std::string>()) : std::string{"somebody not logged in"};
    std::string out = row["allowed"] == true ? "allowed  " : "denied   ";
    out += printable(row["method"].get<std::string>()) + " (" + row["accessType"].get<std::string>() + ") for " + who + "\n";
    out += "  by     " + printable(row["reason"].get<std::string>()) + "\n";
    for (const auto& rule : row["rules"]) {
        out += rule["applies"] == true ? "  yes    " : "  no     ";
        out += printable(rule["rule"].get<std::string>()) + "  [" + printable(rule["source"].get<std::string>()) + ", " +
               std::to_string(rule["score"].get<int>()) + "]\n";
    }
    return out;
}

}  // namespace

Result<int> run_acl(Session& session, const Arguments& arguments) {
    const auto& words = arguments.words;
    if (words.size() != 4 || words[0] != "explain") return how_to();
    MT_TRY(const auto id, TenantId::parse(words[1]));
    MT_CHECK(require_tenant(session.layout(), id));
    MT_TRY(const auto program, worker_program());
    std::vector<std::string> job{session.layout().tenant(id).native(), "explain", words[2], words[3]};
    if (!arguments.as.empty()) job.insert(job.end(), {"--as", arguments.as});
    MT_TRY(const auto end, run_job(program, job, std::chrono::seconds{30}));
    auto document = parse_json(end.out);
    if (!document.ok() || !document->is_object())
        return Error{Errc::failed, printable(end.err.empty() ? "tenant-app gave no answer" : end.err)}.of_tenant(id.str());
    if (document->contains("error")) return error_from((*document)["error"]).of_tenant(id.str());
    json row = (*document)["data"];
    row["id"] = id.str();
    return session.output.result(row, explanation_text);
}

}  // namespace mt::mtm
