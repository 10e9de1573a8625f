#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/files.hpp"

namespace mt::mtm {

/// The SQLite databases that datasources.json names, as paths in the folder; none for a tenant that a program of the
/// user's or another server serves. Fails with invalid_config.
Result<std::vector<std::filesystem::path>> databases_of(const std::filesystem::path& folder);

/// A regular file of a tenant's, opened for reading.
struct FolderFile {
    std::filesystem::path path;  ///< in the folder
    Fd fd;
    std::uint64_t bytes;
    unsigned mode;
};

/// What of a tenant's folder to look at.
struct FilesWanted {
    bool data = true;  ///< what is in data/ and files/
    /// Left out with their journals: a live one must not be copied as a file
    std::vector<std::filesystem::path> databases;
};

/// Calls `each` with the files of a tenant's folder in the order of their names, configuration before data; `folder`
/// with the folders, each before what is in it. Left out: links and what is no file, mail that waits, tmp/, and what a
/// killed program of ours left. Never follows a link: the tenant's own user may write there. Fails as the callbacks do,
/// and with failed.
Status for_each_tenant_file(const std::filesystem::path& folder, const FilesWanted& wanted,
                            const std::function<Status(FolderFile&)>& each,
                            const std::function<Status(const std::filesystem::path&)>& each_folder);

}  // namespace mt::mtm
