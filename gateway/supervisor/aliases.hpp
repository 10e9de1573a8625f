#pragma once
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/aliases.hpp"
#include "gateway/proxy/tenant_table.hpp"
#include "gateway/supervisor/tenant.hpp"

namespace mt::gateway {

/// The names that renamed tenants had, from a folder (base/aliases.hpp). The folder is read when it has changed: whoever
/// writes an alias puts another file there.
class AliasBook {
public:
    explicit AliasBook(std::filesystem::path folder) : folder_(std::move(folder)) {}

    /// Those that lead somewhere now. A name counts while no tenant has it and as long as the tenant with its key is
    /// there.
    SharedMap<AliasEntry> resolve(const std::map<std::string, std::shared_ptr<Tenant>>& tenants);

private:
    void read_if_changed();

    /// Inode and time of change, in ns.
    using Version = std::pair<ino_t, std::int64_t>;
    std::filesystem::path folder_;
    Version read_{};  ///< of the folder; nothing: to be read
    std::vector<Alias> aliases_;
};

}  // namespace mt::gateway
