#pragma once
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace mt::mtm {

/// What a new tenant is made of.
struct Scaffold {
    std::filesystem::path folder;  ///< the template
    std::string connector;         ///< replaces that of the datasource `db`; empty leaves the template's
};

/// The folder of the template `name`: the user's own (`tenants/.templates`) before the installed ones.
/// Fails with usage, naming those that there are.
Result<std::filesystem::path> find_template(const std::filesystem::path& tenants_templates, const std::string& name);

/// Fills the empty folder `target` from the template, every byte of it synced; tenant.json gets a fresh opaque key.
/// Fails with invalid_config (a broken template) or failed; what is there by then is the caller's to remove.
Status fill(const std::filesystem::path& target, const Scaffold& scaffold);

/// What every new tenant has, however it was filled: models/, data/ and a key of its own. Fails as fill() does.
Status finish(const std::filesystem::path& target);

/// Eight letters and digits, a letter first: the name of whatever belongs to a tenant elsewhere. From the kernel's generator.
Result<std::string> fresh_key();

}  // namespace mt::mtm
