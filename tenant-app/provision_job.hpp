#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/json_file.hpp"

namespace mt::app {

/// `provision make|plan|tables|shelve|unshelve|drop`: what the tenant has on a server that it shares with others. The
/// order, with the operator's login, is a JSON object on stdin:
///   server: the login's keys as in a data source; name: its name in mtg.json; config: that file;
///   datasource: the tenant's; tenancy: isolated, schema or row; key, token, password: server::TenantPlace;
///   parent: the pid of who waits for it, if it is to end with him.
/// Answers {there, steps}. Fails as postgresql::provision() does, about the login at `config`.
Result<json> provision_place(const std::filesystem::path& folder, const std::vector<std::string>& options);

}  // namespace mt::app
