#pragma once
#include <string_view>

#include "base/json_file.hpp"

namespace mt::gateway {

/// What stands in place of a value that may be a secret.
inline constexpr std::string_view k_masked = "•••";

/// Which of a tenant's files it is: how much is shown depends on it.
enum class ConfigFile {
    tenant,  ///< tenant.json: everything below `env` is masked
    values,  ///< datasources.json, config.json: a text is masked unless its key is known to be harmless
    model,   ///< all others: what a key calls a secret is masked
};

/// Replaces what may be a secret: values whose key says so, addresses with a password in them, and what `file` says.
/// References such as ${file:secrets/db} are names, not secrets, and stay.
void mask_secrets(ordered_json& root, ConfigFile file);

}  // namespace mt::gateway
