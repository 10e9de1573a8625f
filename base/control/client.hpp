#pragma once
#include <chrono>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <system_error>

#include "base/json_file.hpp"

namespace mt {

/// One request to the gateway's control socket (docs/ARCHITECTURE.md), blocking. Returns the answer's `data`.
/// `target` is path and query: "/tenants/foo/sync?serve=1". `body` is JSON text or empty.
/// Fails with unavailable if no gateway listens there, with timed_out after `timeout`, with conflict if the socket belongs to
/// another user, and with whatever error the gateway answers.
Result<json> call(const std::filesystem::path& socket, std::string_view method, std::string_view target,
                  std::string_view body = {}, std::chrono::milliseconds timeout = std::chrono::seconds{35});

/// Why the control socket could not be connected to: nobody listens, or `error` says that it is not for us.
Error not_running(const std::filesystem::path& socket, std::error_code error);

}  // namespace mt
