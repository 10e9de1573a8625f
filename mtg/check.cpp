#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>

#include "base/cli/exit_code.hpp"
#include "base/cli/table.hpp"
#include "base/control/document.hpp"
#include "base/host_claims.hpp"
#include "base/tenant_config.hpp"
#include "base/tenant_id.hpp"
#include "gateway/tls/tls_setup.hpp"
#include "mtg/verbs.hpp"

namespace mt::mtg {

namespace fs = std::filesystem;

namespace {

/// For a shell: ids are plain, but the folder above them is whatever the user chose.
std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return out + "'";
}

/// Runs the worker's check job, which prints one document and exits 0 or 6.
Status run_check(const std::string& worker, const fs::path& folder) {
    const auto command = quoted(worker) + " " + quoted(folder.native()) + " check --json 2>&1 </dev/null";
    FILE* pipe = ::popen(command.c_str(), "re");
    if (!pipe) return errno_error("run", worker);
    std::string text;
    std::array<char, 4096> chunk{};
    while (const auto got = std::fread(chunk.data(), 1, chunk.size(), pipe))
        if (text.size() < (1u << 20)) text.append(chunk.data(), got);
    const int status = ::pclose(pipe);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (const auto document = parse_json(text); document.ok() && document->is_object() && document->contains("error"))
        return error_from((*document)["error"]);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return Error{Errc::invalid_config, text.empty() ? "the check failed without a message" : text};
}

std::vector<TenantId> tenant_ids(const fs::path& folder) {
    std::vector<TenantId> ids;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        const auto name = entry.path().filename().native();
        if (TenantId::is_valid(name) && entry.is_directory(error)) ids.push_back(*TenantId::parse(name));
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

}  // namespace

int check(const Context& context, const StartOptions& options) {
    const auto& layout = context.settings.layout;  // mtg.json has been read to get here
    if (const auto& tls = context.settings.config.tls) {
        std::vector<std::string> warnings;
        const auto setup = mt::gateway::TlsSetup::load(*tls, warnings);
        if (!setup.ok()) return context.output.failure(setup.error());
        for (const auto& warning : warnings) context.output.note(warning);
    }
    const auto worker = options.worker.empty() ? (program_folder() / "tenant-app").native() : options.worker;
    const bool has_worker = ::access(worker.c_str(), X_OK) == 0;
    auto rows = json::array();
    std::optional<Error> first;
    std::size_t broken = 0;
    const auto claims = HostClaims::read(layout.tenants());
    for (const auto& id : tenant_ids(layout.tenants())) {
        const auto folder = layout.tenant(id);
        const auto config = read_tenant_config(folder / "tenant.json");
        Status status;
        if (!config.ok()) status = config.error();
        else if (has_worker && !config->upstream) status = run_check(worker, folder);
        if (status.ok()) status = claims.check(id, folder / "tenant.json");
        json row{{"id", id.str()}, {"result", status.ok() ? "ok" : "broken"}, {"error", nullptr}};
        if (!status.ok()) {
            ++broken;
            row["error"] = error_object(status.error());
            row["text"] = describe(status.error());
            if (!first) first = Error{status.error()}.of_tenant(id.str());
        }
        rows.push_back(std::move(row));
    }
    if (!has_worker) context.output.note("tenant-app is not installed beside mtg: only tenant.json was checked");
    if (first && context.output.json_wanted()) return context.output.failure(*first);
    return context.output.result({{"tenants", rows}}, [&](const json& data) {
        if (data["tenants"].empty()) return "no tenants in " + layout.tenants().native() + "\n";
        return cli::render_table(data["tenants"], {{"TENANT", "id"}, {"RESULT", "result", cli::Show::state}, {"WHY", "text"}},
                                 context.output.colour());
    }, broken ? static_cast<int>(cli::k_invalid_config) : 0);
}

}  // namespace mt::mtg
