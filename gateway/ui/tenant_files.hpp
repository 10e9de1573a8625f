#pragma once
#include <filesystem>

#include "base/json_file.hpp"

namespace mt::gateway {

/// The JSON files that describe a tenant, as people may see them: [{"name", "bytes", "changed", "content"}], the last
/// an indented text with secrets masked, or in its place {"error", "line"} of a file that cannot be read; its text is
/// not shown, for what cannot be parsed cannot be masked. Bounded in number and size. Reads the disk.
json tenant_files(const std::filesystem::path& folder);

}  // namespace mt::gateway
