#include "base/printable.hpp"

namespace mt {

std::string printable(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // C1 controls (U+0080 to U+009F) are C2 80 to C2 9F in UTF-8; some terminals obey them like ESC [.
        const bool c1 = byte == 0xC2 && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xE0) == 0x80;
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F || c1) {
            for (std::size_t end = i + (c1 ? 2 : 1); i < end; ++i) {
                const auto part = static_cast<unsigned char>(text[i]);
                out += "\\x";
                out += digits[part >> 4];
                out += digits[part & 15];
            }
            --i;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t bytes_max = 80;
    return "'" + printable(text.substr(0, bytes_max)) + (text.size() > bytes_max ? "…'" : "'");
}

}  // namespace mt
