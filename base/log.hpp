#pragma once
#include <string>
#include <string_view>

namespace mt::log {

enum class Level { debug, info, warn, error };

/// Lines go to stderr: `2026-11-20T19:15:00.123Z info  tenant=foo event=worker_ready pid=12`. Call once, in main.
void start(Level least);

/// One event. `line` is `key=value …`, tenant first, values quoted by quote() where they hold spaces or control characters.
/// Any thread. Never bodies, credentials or connection strings.
void write(Level level, std::string_view line);

inline void debug(std::string_view line) { write(Level::debug, line); }
inline void info(std::string_view line) { write(Level::info, line); }
inline void warn(std::string_view line) { write(Level::warn, line); }
inline void error(std::string_view line) { write(Level::error, line); }

/// `value` as it may stand after `key=`: bare, or in quotes with control characters escaped.
std::string quote(std::string_view value);

}  // namespace mt::log
