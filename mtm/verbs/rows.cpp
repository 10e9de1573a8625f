#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/cli/exit_code.hpp"
#include "base/control/document.hpp"
#include "base/printable.hpp"
#include "mtm/model_name.hpp"
#include "mtm/output_file.hpp"
#include "mtm/select.hpp"
#include "mtm/staging.hpp"
#include "mtm/stream_job.hpp"
#include "mtm/verbs.hpp"

namespace mt::mtm {

namespace {

Result<ModelAddress> read_address(const Session& session, const Arguments& arguments, std::size_t words,
    const char* example) {
    if (arguments.words.size() != words) return Error{Errc::usage,
        "a model is missing, or there is a word too many"}.hint(example);
    MT_TRY(auto address, parse_model_address(arguments.words.front()));
    MT_CHECK(require_tenant(session.layout(), address.tenant));
    return address;
}

/// By --format, or else by the file's name.
Result<std::string> format_of(const Arguments& arguments, const std::string& file) {
    if (!arguments.format.empty()) {
        if (arguments.format == "ndjson" || arguments.format == "csv") return arguments.format;
        return Error{Errc::usage, "--format is ndjson or csv, not " + in_quotes(arguments.format)};
    }
    const auto extension = std::filesystem::path{file}.extension().native();
    if (extension == ".csv") return std::string{"csv"};
    if (file == "-" || extension == ".ndjson" || extension == ".jsonl" ||
        extension == ".json") return std::string{"ndjson"};
    return Error{Errc::usage, "what is in " + in_quotes(file) +
        " its name does not say"}.hint("--format ndjson, or --format csv");
}

Status export_to(const Session& session, const ModelAddress& address, const std::string& format, const Fd& out) {
    const auto& id = address.tenant;
    MT_TRY(auto job, StreamJob::with_output(id, session.layout().tenant(id), session.display(id),
                                            {"export-rows", address.model.str(), format}, out));
    MT_TRY(const auto printed, job.finish());
    static_cast<void>(printed);
    return {};
}

/// "customers.csv:3: `name` can't be blank", one line each.
std::string refusal_lines(const json& row) {
    std::string text;
    for (const auto& refusal : row["refusals"])
        text += row["file"].get<std::string>() + ":" + refusal["line"].dump() + ": " +
            printable(refusal["message"].get<std::string>()) + "\n";
    const auto more = row["refused"].get<std::uint64_t>() - row["refusals"].size();
    return more > 0 ? text + "and " + std::to_string(more) + " more\n" : text;
}

/// Nothing was made, and the rows that were refused are the result.
Result<int> print_refused(const Session& session, const json& row, const ModelAddress& address) {
    const auto error = Error{Errc::validation, row["refused"].dump() + " rows were refused, none was made"}
                           .of_tenant(address.tenant.str())
                           .hint("correct them, or leave them out: --continue");
    if (!session.output.json_wanted()) {
        std::cerr << refusal_lines(row) << std::flush;
        return error;
    }
    auto document = error_document(error);
    document["data"] = row;
    std::cout << document.dump(-1, ' ', false, json::error_handler_t::replace) << "\n" << std::flush;
    return cli::exit_code(error.code());
}

Result<json> run_import_job(const Session& session, const Arguments& arguments, const ModelAddress& address,
    const Fd& in) {
    const auto& id = address.tenant;
    MT_TRY(const auto format, format_of(arguments, arguments.words[1]));
    std::vector<std::string> words{"import-rows", address.model.str(), format};
    if (arguments.go_on) words.emplace_back("--continue");
    if (arguments.dry_run) words.emplace_back("--dry-run");
    MT_TRY(auto job, StreamJob::with_input(id, session.layout().tenant(id), session.display(id), words, in));
    MT_TRY(const auto printed, job.finish());
    auto document = parse_json(printed);
    if (document.ok() && document->is_object() && document->contains("data")) return (*document)["data"];
    return Error{Errc::failed, "tenant-app does not say what it made"}.hint("is it of the same version as mtm?");
}

}  // namespace

Result<int> run_export(Session& session, const Arguments& arguments) {
    MT_TRY(const auto address, read_address(session, arguments, 1, "mtm export foo:Customer -o customers.csv"));
    const auto output = arguments.output.empty() ? std::string{"-"} : arguments.output;
    MT_TRY(const auto format, format_of(arguments, output));
    std::error_code ignored;
    if (output != "-" && !arguments.yes && std::filesystem::exists(output, ignored))
        return Error{Errc::conflict, output + " exists already"}.hint("name another file, or say --yes to replace it");
    if (arguments.dry_run)
        return session.output.result(plan(address.tenant, {"write the rows of " + address.model.str() + " as " +
            format + " to " + output}), plan_text);
    if (output == "-") {
        const Fd out{::dup(STDOUT_FILENO)};
        MT_CHECK(export_to(session, address, format, out));
        return 0;
    }
    MT_TRY(auto file, OutputFile::create(output, 0600));
    const Fd out{::dup(file.fd())};
    MT_CHECK(export_to(session, address, format, out));
    MT_CHECK(file.commit(arguments.yes));
    const json row{{"id", address.tenant.str()}, {"model", address.model.str()}, {"format", format}, {"file", output},
                   {"bytes", std::filesystem::file_size(output, ignored)}};
    return session.output.result(row, [](const json& done) {
        return "exported " + done["id"].get<std::string>() + ":" + done["model"].get<std::string>() + " to " +
            done["file"].get<std::string>() + "\n";
    });
}

Result<int> run_import(Session& session, const Arguments& arguments) {
    MT_TRY(const auto address, read_address(session, arguments, 2, "mtm import foo:Customer customers.csv"));
    const auto& file = arguments.words[1];
    const Fd in{file == "-" ? ::dup(STDIN_FILENO) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!in) return Error{Errc::usage, errno_error("open", file).message()};
    // The rows come through the database: the tenant goes on serving, and its process need not be told.
    MT_TRY(const auto lock, lock_tenant(session.layout(), address.tenant, arguments.timeout));
    MT_TRY(auto row, run_import_job(session, arguments, address, in));
    row["id"] = address.tenant.str();
    row["model"] = address.model.str();
    row["file"] = file == "-" ? "stdin" : file;
    row["dry_run"] = arguments.dry_run;
    const bool refused = row["refused"].get<std::uint64_t>() > 0;
    if (refused && !arguments.go_on) return print_refused(session, row, address);
    if (refused && !session.output.json_wanted()) std::cerr << refusal_lines(row) << std::flush;
    const auto text = [](const json& done) {
        auto line = (done["dry_run"] == true ? "would import " : "imported ") + done["rows"].dump() + " rows into " +
                    done["id"].get<std::string>() + ":" + done["model"].get<std::string>();
        if (done["refused"] != 0) line += ", " + done["refused"].dump() + " refused";
        return line + "\n";
    };
    return session.output.result(row, text, refused ? static_cast<int>(cli::k_partial) : 0);
}

}  // namespace mt::mtm
