#pragma once
#include <filesystem>
#include <string>

#include "base/json_file.hpp"
#include "base/tenant_id.hpp"
#include "mtm/bundle/reader.hpp"
#include "mtm/progress.hpp"

namespace mt::mtm {

/// The manifest, the bundle's first entry. Fails with failed: no bundle, or one of a newer format.
Result<json> read_manifest(BundleReader& bundle);

/// Puts what follows the manifest into the empty folder `target`: files, and rows by the job that makes them there,
/// with whatever data sources the files in the bundle name. Once it returns all checksums were right, all rows are
/// there, and all is on stable storage. Answers {"rows","files"}. `display` is what messages call the folder. Fails
/// with failed (damaged, cut off), and as the job does; what is there by then is the caller's to remove.
Result<json> unpack(BundleReader& bundle, const TenantId& id, const std::filesystem::path& target,
                    const std::string& display, const json& manifest, Progress& progress);

}  // namespace mt::mtm
