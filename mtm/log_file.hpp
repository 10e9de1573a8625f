#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt::mtm {

/// Gets one line, without its end. False: stop.
using OnLine = std::function<bool(std::string_view line)>;

/// The last `lines` lines of the file, oldest first; of a line over 64 KiB pieces. A missing file has none. Nothing before byte
/// `from` is read; a file that is shorter than that has been turned, and all of it counts.
Status last_lines(const std::filesystem::path& path, std::size_t lines, const OnLine& on_line, std::uint64_t from = 0);

/// The same, then every line that is written from then on, also when the file is replaced by a fresh one or not there yet.
/// Returns when `on_line` says so. Fails with failed.
Status follow_lines(const std::filesystem::path& path, std::size_t lines, const OnLine& on_line);

}  // namespace mt::mtm
