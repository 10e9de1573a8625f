#include "gateway/supervisor/aliases.hpp"

#include "base/aliases.hpp"

namespace mt::gateway {

void add_aliases(TenantTable& table, const std::filesystem::path& folder,
                 const std::map<std::string, std::shared_ptr<Tenant>>& tenants) {
    const auto aliases = read_aliases(folder);
    if (aliases.empty()) return;
    std::unordered_map<std::string, std::string> id_of_key;
    for (const auto& [id, tenant] : tenants)
        if (const auto& key = tenant->config().key; !key.empty()) id_of_key.emplace(key, id);
    const auto now = std::chrono::system_clock::now();
    for (const auto& alias : aliases) {
        if (alias.until <= now || table.contains(alias.from)) continue;
        const auto named = tenants.find(alias.to);
        const auto keyed = id_of_key.find(alias.key);
        if (named != tenants.end() && named->second->config().key == alias.key) table.aliases[alias.from] = {alias.to,
            alias.until};
        else if (keyed != id_of_key.end()) table.aliases[alias.from] = {keyed->second, alias.until};
    }
}

}  // namespace mt::gateway
