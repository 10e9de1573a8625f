#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace mt::http {

/// What a byte may be part of; one table look-up per byte is all that scanning costs.
enum CharClass : std::uint8_t {
    k_token = 1,       ///< tchar of RFC 9110 section 5.6.2
    k_target = 2,      ///< visible ASCII without `#`: a request target
    k_value = 4,       ///< a field value: visible ASCII, space, tab, obs-text
    k_digit = 8,
    k_hex = 16,
    k_host = 32,       ///< letters, digits and -._~ : what we accept unescaped in a registered name
    k_underscore = 64,
};

constexpr std::array<std::uint8_t, 256> make_char_classes() {
    std::array<std::uint8_t, 256> table{};
    for (int c = 0; c < 256; ++c) {
        std::uint8_t bits = 0;
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const auto in = [c](std::string_view set) { return c != 0 && c < 128 && set.find(static_cast<char>(c)) != std::string_view::npos; };
        if (digit || letter || in("!#$%&'*+-.^_`|~")) bits |= k_token;
        if (c > 0x20 && c < 0x7f && c != '#') bits |= k_target;
        if ((c >= 0x20 && c != 0x7f) || c == '\t') bits |= k_value;
        if (digit) bits |= k_digit;
        if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= k_hex;
        if (digit || letter || in("-._~")) bits |= k_host;
        if (c == '_') bits |= k_underscore;
        table[static_cast<std::size_t>(c)] = bits;
    }
    return table;
}
inline constexpr auto k_char_classes = make_char_classes();

inline std::uint8_t class_of(char c) { return k_char_classes[static_cast<unsigned char>(c)]; }
inline bool is(char c, CharClass wanted) { return (class_of(c) & wanted) != 0; }

/// Compares with a lower-case literal of letters, digits and hyphens. For bytes of a token `c | 0x20` is exact there: the only
/// other byte that gives `-` is a carriage return, and none gives a letter or digit.
inline bool same_token(std::string_view token, std::string_view lower) {
    if (token.size() != lower.size()) return false;
    for (std::size_t i = 0; i < lower.size(); ++i)
        if ((token[i] | 0x20) != lower[i]) return false;
    return true;
}

/// 0 to 15, or -1.
inline int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Without the white space around it (OWS of RFC 9110 section 5.6.3).
inline std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Calls `each` with every element of a comma-separated list, white space around it removed; empty elements are skipped.
template <class Each>
void for_each_element(std::string_view list, Each each) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        const auto element = trim(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        if (!element.empty()) each(element);
    }
}

}  // namespace mt::http
