#include "mtm/check_tenant.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/tenant_config.hpp"

namespace mt::mtm {

namespace fs = std::filesystem;

namespace {

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

Result<std::vector<std::string>> check_tenant(const TenantId& id, const fs::path& folder, const std::string& display) {
    auto config = read_tenant_config(folder / "tenant.json", display + "/tenant.json");
    if (!config.ok()) return std::move(config).error().of_tenant(id.str());
    if (config->upstream) return std::vector<std::string>{};  // no worker of ours reads the other files
    MT_TRY(const auto end, worker_job(id, folder, display, {"check", "--json"}, std::chrono::seconds{30}));
    return warnings(end);
}

}  // namespace mt::mtm
