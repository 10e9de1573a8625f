#pragma once
#include <filesystem>
#include <string>

namespace mt::gateway {

/// What a tenant's folder looks like without opening a file: names, sizes, times and inodes of what read_revision reads, and
/// of tenant.json. Empty if there is no such folder. Equal signatures mean equal contents.
std::string folder_signature(const std::filesystem::path& folder);

/// A hash of what the worker reads: *.json and *.js of the folder and of models/, but tenant.json, which is the gateway's; and
/// of the folder's identity, because a folder that was replaced by one of the same content holds other data.
std::string read_revision(const std::filesystem::path& folder);

/// Whether datasources.json names the memory connector. False if it cannot be read: the worker will say why.
bool has_memory_datasource(const std::filesystem::path& folder);

}  // namespace mt::gateway
