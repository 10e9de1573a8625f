#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/printable.hpp"
#include "base/units.hpp"
#include "mtm/bundle/pack.hpp"
#include "mtm/output_file.hpp"
#include "mtm/select.hpp"
#include "mtm/staging.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

Result<json> dump_to_file(const Session& session, const TenantId& id, const std::filesystem::path& file,
                          const PackOptions& options, Progress& progress, bool overwrite) {
    MT_TRY(auto output, OutputFile::create(file, 0600));
    MT_TRY(auto packed, pack(id, session.layout().tenant(id), session.display(id), options, output.fd(), progress));
    MT_CHECK(output.commit(overwrite));
    return packed;
}

Status check_output(const std::string& output, bool overwrite) {
    if (output == "-" && ::isatty(STDOUT_FILENO))
        return Error{Errc::usage,
            "a bundle is no text: it is not written to a terminal"}.hint("-o foo.mtb, or into a pipe");
    std::error_code ignored;
    if (output == "-" || overwrite || !std::filesystem::exists(output, ignored)) return {};
    return Error{Errc::conflict, output + " exists already"}.hint("name another file, or say --yes to replace it");
}

}  // namespace

Result<int> run_dump(Session& session, const Arguments& arguments) {
    MT_TRY(const auto ids, parse_ids(arguments));
    if (ids.size() != 1) return Error{Errc::usage, "dump takes one tenant: a bundle holds one"};
    const auto& id = ids.front();
    MT_CHECK(require_tenant(session.layout(), id));
    const auto output = arguments.output.empty() ? id.str() + ".mtb" : arguments.output;
    MT_CHECK(check_output(output, arguments.yes));
    if (arguments.dry_run)
        return session.output.result(plan(id, {"read " + session.display(id) + ", its rows as they are at one moment",
            "write the bundle " + output}), plan_text);
    // Nobody removes or replaces it meanwhile; it goes on serving.
    MT_TRY(const auto lock, lock_tenant(session.layout(), id, arguments.timeout));
    const PackOptions options{arguments.secrets, {}};
    const bool to_stdout = output == "-";
    std::optional<Result<json>> packed;
    {
        Progress progress{"rows", !session.output.json_wanted()};
        packed.emplace(to_stdout ? pack(id, session.layout().tenant(id), session.display(id), options, STDOUT_FILENO,
            progress)
                                 : dump_to_file(session, id, output, options, progress, arguments.yes));
    }
    MT_TRY(auto row, *std::move(packed));
    for (const auto& text : row["left_out"]) session.output.note("note: not in the bundle: " +
        printable(text.get<std::string>()));
    row["id"] = id.str();
    row["file"] = output;
    const auto text = [](const json& done) {
        return "dumped " + done["id"].get<std::string>() + " to " + done["file"].get<std::string>() + "  " +
            done["rows"].dump() + " rows, " +
               done["files"].dump() + " files, " + format_size(done["bytes"].get<std::uint64_t>()) + "\n";
    };
    if (!to_stdout) return session.output.result(row, text);
    session.output.note(text(row).substr(0, text(row).size() - 1));
    return 0;
}

}  // namespace mt::mtm
