#include "tenant-app/connectors/server/names.hpp"

#include <cstdint>

namespace mt::app::server {

std::string joined_name(const std::string& table, const std::string& column, std::string_view suffix,
                        std::size_t bytes_max) {
    auto name = table + "_" + column + std::string{suffix};
    if (name.size() <= bytes_max) return name;
    std::uint32_t hash = 2166136261u;  // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    std::size_t end = bytes_max - 11;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;  // not within a character
    return name.substr(0, end) + "_" + std::to_string(hash);
}

}  // namespace mt::app::server
