#pragma once
#include "base/layered_file.hpp"

namespace mt {

/// Replaces `${NAME}` and `${file:path}` in all string values of `file.root`; read_layers() says how. `own` means that the file is
/// config.json itself, whose keys are the second place where names are looked up.
Status replace_variables(LayeredFile& file, const std::filesystem::path& folder, bool own, std::vector<std::string>& warnings);

}  // namespace mt
