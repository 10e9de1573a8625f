#pragma once
#include <filesystem>

#include "base/files.hpp"
#include "base/result.hpp"

namespace mt::app {

/// Binds and listens on a UNIX socket of our own, for tests and for a worker without a gateway. A socket that nobody answers on is
/// replaced. Fails with conflict if somebody does, with invalid_config for a path that is too long.
Result<Fd> listen_on(const std::filesystem::path& path);

}  // namespace mt::app
