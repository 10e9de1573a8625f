#include "mtm/check_tenant.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/control/document.hpp"
#include "base/layout.hpp"
#include "base/tenant_config.hpp"
#include "mtm/printable.hpp"
#include "mtm/run_job.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
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

std::vector<std::string> warnings(const JobEnd& end) {
    std::vector<std::string> out;
    if (const auto document = parse_json(end.out); document.ok() && document->is_object()) {
        const auto data = document->find("data");
        if (data != document->end() && data->is_object() && data->contains("warnings") && (*data)["warnings"].is_array())
            for (const auto& warning : (*data)["warnings"]) out.push_back(warning.is_string() ? warning.get<std::string>() : warning.dump());
    }
    std::istringstream lines{end.out + "\n" + end.err};
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("warning ")) out.push_back(line.substr(8));
    return out;
}

}  // namespace

Result<fs::path> worker_program() {
    auto program = program_folder() / "tenant-app";
    if (::access(program.c_str(), X_OK) == 0) return program;
    return Error{Errc::failed, "the program " + program.native() + " is missing"}.hint(
        "mtm needs tenant-app beside it: complete the installation, or build it");
}

Result<std::vector<std::string>> check_tenant(const TenantId& id, const fs::path& folder, const std::string& display) {
    auto config = read_tenant_config(folder / "tenant.json", display + "/tenant.json");
    if (!config.ok()) return std::move(config).error().of_tenant(id.str());
    if (config->upstream) return std::vector<std::string>{};  // no worker of ours reads the other files
    MT_TRY(const auto program, worker_program());
    MT_TRY(const auto end, run_job(program, {folder.native(), "check", "--json"}, std::chrono::seconds{30}));
    if (end.exit_code == 0) return warnings(end);

    const auto error = reported(end, end.exit_code == 6 ? Errc::invalid_config : Errc::failed);
    auto place = error.place();
    auto message = error.message();
    for (auto* text : {&message, &place.file, &place.hint}) replace_all(*text, folder.native(), display);
    if (!place.file.empty() && place.file.find('/') != 0 && !place.file.starts_with(display)) place.file = display + "/" + place.file;
    return Error{error.code(), std::move(message)}
        .of_tenant(id.str())
        .in_file(std::move(place.file), place.line, std::move(place.pointer))
        .hint(std::move(place.hint));
}

}  // namespace mt::mtm
