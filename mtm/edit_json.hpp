#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json_file.hpp"

namespace mt::mtm {

/// A configuration file whose root is an object, as it is read before an edit.
struct JsonObject {
    JsonFile file;
    ordered_json root;
};

/// Fails with not_found, failed, or invalid_config at file and line (not JSON, or not an object).
Result<JsonObject> read_object(const std::filesystem::path& path, std::string display);

/// The same, where an empty or missing file means `{}` (tenant.json).
Result<JsonObject> read_optional_object(const std::filesystem::path& path, std::string display);

/// Replaces the file in one step: the user's order of keys, two spaces, the mode that it had.
Status write_object(const JsonObject& object);

/// How a configuration file looks: two spaces, a line break at the end. Bytes that are no UTF-8 become U+FFFD.
std::string pretty(const ordered_json& value);

}  // namespace mt::mtm
