#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_file.hpp"
#include "base/tenant_id.hpp"
#include "mtm/progress.hpp"

namespace mt::mtm {

inline constexpr int k_bundle_format = 1;

struct PackOptions {
    bool secrets = false;  ///< the passwords of datasources.json come along
    std::string reason;    ///< of a snapshot, as it stands in the manifest; may be empty
};

/// Writes the tenant in `folder`, which may be in use, to `out` as a bundle (docs/BUNDLE.md): rows as they are at one
/// moment. Answers {"models":[…],"rows","files","bytes","left_out":[…]}. Fails with failed, and as the job that reads
/// the rows does.
Result<json> pack(const TenantId& id, const std::filesystem::path& folder, const std::string& display,
                  const PackOptions& options, int out, Progress& progress);

}  // namespace mt::mtm
