#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace mt::app {

/// The modes that carry a tenant's data from or to a stream: copy-out, dump-rows, load-dump, export-rows, import-rows;
/// schema, which plans or makes its changes; and discover, which says what models its tables make. Rows and documents go
/// to stdout; what is wrong is an `error {…}` line on stderr, as it may come behind rows. Answers the exit code, nothing
/// if `mode` is none of these. Fails with usage.
std::optional<Result<int>> run_data_job(const std::string& folder, const std::string& mode,
    const std::vector<std::string>& options);

}  // namespace mt::app
