#pragma once
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/result.hpp"

namespace mt {

/// GETs a stream of the control protocol, blocking: `on_line` gets each line without its end, and answers false to
/// stop.
/// `on_pause` is called whenever all that has arrived was handed over: the moment to flush.
/// Fails as call() does, and with unavailable when the gateway ends.
Status follow(const std::filesystem::path& socket, std::string_view target,
              const std::function<bool(std::string_view)>& on_line,
              const std::function<void()>& on_pause);

}  // namespace mt
