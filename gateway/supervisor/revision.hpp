#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/command_config.hpp"

namespace mt::gateway {

/// What a tenant's folder looks like without opening a file: names, sizes, times and inodes of what read_revision reads, `more`
/// among them, and of tenant.json. Empty if there is no such folder. Equal signatures mean equal contents.
std::string folder_signature(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& more = {});

/// A hash of what the worker reads: *.json and *.js of the folder and of models/, but tenant.json, which is the gateway's; and
/// of the folder's identity, because a folder that was replaced by one of the same content holds other data.
std::string read_revision(const std::filesystem::path& folder);

/// The files of the folder that a command names, such as server.js: their absolute paths, in the order of the words.
std::vector<std::filesystem::path> files_of(const CommandConfig& command, const std::filesystem::path& folder);

/// The same for a tenant whose command serves it: a hash of what tenant.json says of the command, of the files that it names,
/// and of the folder's identity.
std::string read_revision(const CommandConfig& command, const std::filesystem::path& folder);

/// Whether datasources.json names the memory connector. False if it cannot be read: the worker will say why.
bool has_memory_datasource(const std::filesystem::path& folder);

}  // namespace mt::gateway
