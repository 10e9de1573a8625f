#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_file.hpp"

namespace mt {

/// One of LoopBack's configuration files with what belongs over it: `<stem>.json`, `<stem>.local.json` and `<stem>.<env>.json`,
/// where env is NODE_ENV or "development". Merged as loopback-boot merges: objects member by member, arrays item by item, all else
/// replaced; then `${NAME}` and `${file:path}` in string values are replaced.
struct LayeredFile {
    std::vector<JsonFile> files;  ///< the main one first; never empty
    ordered_json root;            ///< an object

    /// The file whose value at `pointer` counts; the main one if none has it.
    const JsonFile& holder(std::string_view pointer) const;
    /// invalid_config at `pointer` of the file that holds it.
    Error error_at(std::string_view pointer, std::string message) const;
    /// "config.local.json:3 /remoting: text", for the list of warnings.
    std::string warning(std::string_view pointer, std::string_view text) const;
};

/// Reads `<folder>/<stem>.json` and its layers; nothing if the main file is missing, as in LoopBack (a warning if a layer is there).
/// `${NAME}` is the environment's variable or else the value of that key in the folder's config.json; a value that is nothing but
/// an unknown `${NAME}` goes away, with a warning. `${file:path}` is the content of a file below `folder`, without its last line end.
/// Fails with invalid_config at the file and pointer at fault: broken JSON, types that cannot be merged (datasources.json and
/// middleware.json: also what the main file does not have), a file that cannot be read.
Result<std::optional<LayeredFile>> read_layers(const std::filesystem::path& folder, std::string_view stem,
    std::vector<std::string>& warnings);

}  // namespace mt
