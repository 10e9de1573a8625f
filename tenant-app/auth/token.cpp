#include "tenant-app/auth/token.hpp"

#include <sodium.h>
#include <sys/random.h>

#include <array>
#include <cstdlib>

namespace mt::app {

namespace {

constexpr std::string_view k_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view k_mark = "sha256-";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

}  // namespace

std::string make_token(std::size_t length) {
    std::string out;
    out.reserve(length);
    while (out.size() < length) {
        std::array<unsigned char, 128> bytes{};
        // Below 256 bytes getrandom(2) neither fails nor comes short, once the system has started.
        if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
        for (const auto byte : bytes) {
            if (byte >= 248 || out.size() == length) continue;  // 248 is 4 × 62: every letter as likely as the others
            out += k_letters[byte % k_letters.size()];
        }
    }
    return out;
}

std::string stored_token(std::string_view token) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
    constexpr char k_hex[] = "0123456789abcdef";
    std::string out{k_mark};
    for (const auto byte : hash) {
        out += k_hex[byte >> 4];
        out += k_hex[byte & 15];
    }
    return out;
}

bool is_stored_token(std::string_view text) { return text.starts_with(k_mark); }

std::string decode_base64(std::string_view text) {
    std::string out;
    unsigned held = 0, bits = 0;
    for (const char c : text) {
        if (c == '=') break;
        const int value = base64_value(c);
        if (value < 0) continue;
        held = (held << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>(held >> bits & 0xFF);
    }
    return out;
}

std::string token_of_header(std::string_view value) {
    if (value.starts_with("Bearer ")) return decode_base64(value.substr(7));
    const std::string_view basic = "basic ";
    bool is_basic = value.size() >= basic.size();
    for (std::size_t i = 0; is_basic && i < basic.size(); ++i) is_basic = lower(value[i]) == basic[i];
    if (!is_basic) return std::string{value};
    auto text = decode_base64(value.substr(basic.size()));
    const auto colon = text.find(':');
    if (colon == std::string::npos) return text;
    return text.size() - colon - 1 > colon ? text.substr(colon + 1) : text.substr(0, colon);
}

}  // namespace mt::app
