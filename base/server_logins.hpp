#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/config_object.hpp"

namespace mt {

/// `servers` of mtg.json: the operator's logins on database servers. What it says is checked, and names are all that is
/// kept: who needs a login reads it when he does. Fails with invalid_config, also if anybody but its owner may read the
/// file.
Status read_server_names(const ordered_json& value, const ConfigPlace& at, std::vector<std::string>& names);

/// One entry as it stands in the file, with its secrets. Fails with usage if there is no such name, naming those that
/// there are, and as read_server_names().
Result<ordered_json> read_server_login(const std::filesystem::path& file, const std::string& name);

}  // namespace mt
