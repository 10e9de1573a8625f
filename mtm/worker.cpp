#include "mtm/worker.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/control/document.hpp"
#include "base/layout.hpp"
#include "base/printable.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

/// The job's report: its document on stdout, or an `error {…}` line as on the control channel, or whatever it wrote.
Error reported(const JobEnd& end, Errc otherwise) {
    if (auto document = parse_json(end.out); document.ok() && document->is_object() && document->contains("error"))
        return error_from((*document)["error"]);
    std::istringstream lines{end.out + "\n" + end.err};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("error {"))
            if (auto object = parse_json(line.substr(6)); object.ok()) return error_from(*object);
    }
    std::string text = printable(end.err.empty() ? end.out : end.err);
    if (text.size() > 400) text.resize(400);
    return Error{otherwise, text.empty() ? "the check failed without a message" : text};
}

}  // namespace

Result<fs::path> worker_program() {
    auto program = program_folder() / "tenant-app";
    if (::access(program.c_str(), X_OK) == 0) return program;
    return Error{Errc::failed, "the program " + program.native() + " is missing"}.hint(
        "mtm needs tenant-app beside it: complete the installation, or build it");
}

Result<JobEnd> worker_job(const TenantId& id, const fs::path& folder, const std::string& display,
                          std::vector<std::string> words, std::chrono::milliseconds timeout) {
    MT_TRY(const auto program, worker_program());
    words.insert(words.begin(), folder.native());
    MT_TRY(auto end, run_job(program, words, timeout));
    if (end.exit_code == 0) return end;
    return job_error(id, folder, display, end);
}

Error job_error(const TenantId& id, const fs::path& folder, const std::string& display, const JobEnd& end) {
    const auto error = reported(end, end.exit_code == 6 ? Errc::invalid_config : Errc::failed);
    auto place = error.place();
    auto message = error.message();
    for (auto* text : {&message, &place.file, &place.hint}) replace_all(*text, folder.native(), display);
    if (!place.file.empty() && place.file.find('/') != 0 && !place.file.starts_with(display))
        place.file = display + "/" + place.file;
    return Error{error.code(), std::move(message)}
        .of_tenant(id.str())
        .in_file(std::move(place.file), place.line, std::move(place.pointer))
        .hint(std::move(place.hint));
}

Result<Abilities> worker_abilities() {
    MT_TRY(const auto program, worker_program());
    MT_TRY(const auto end, run_job(program, {"--built-in"}, std::chrono::seconds{30}));
    const auto document = parse_json(end.out);
    Abilities out;
    if (document.ok() && document->is_object()) {
        for (const auto& [key, list] : {std::pair{"connectors", &out.connectors}, {"models", &out.models}})
            if (const auto names = document->find(key); names != document->end() && names->is_array())
                for (const auto& name : *names)
                    if (name.is_string()) list->push_back(name.get<std::string>());
    }
    if (!out.connectors.empty()) return out;
    return Error{Errc::failed, program.native() + " does not say what it has built in"}.hint(
        "is it of the same version as mtm?");
}

}  // namespace mt::mtm
