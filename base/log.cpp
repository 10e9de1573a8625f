#include "base/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdio>

namespace mt::log {

namespace {

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warn: return spdlog::level::warn;
        case Level::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

}  // namespace

void start(Level least) {
    auto logger = std::make_shared<spdlog::logger>("mtg", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %-5l %v",
                                                                      spdlog::pattern_time_type::utc));
    logger->set_level(to_spdlog(least));
    spdlog::set_default_logger(std::move(logger));
}

void write(Level level, std::string_view line) { spdlog::log(to_spdlog(level), "{}", line); }

std::string quote(std::string_view value) {
    bool bare = !value.empty();
    for (const char c : value)
        if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) bare = false;
    if (bare) return std::string{value};
    std::string out = "\"";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out.append({'\\', c});
        else if (c == '\n') out += "\\n";
        else if (byte < 0x20 || byte == 0x7f) {
            std::array<char, 8> hex{};
            std::snprintf(hex.data(), hex.size(), "\\x%02x", byte);
            out += hex.data();
        } else out += c;
    }
    return out += '"';
}

}  // namespace mt::log
