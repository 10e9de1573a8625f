#include "tenant-app/rest/etag.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace mt::app::rest {

namespace {

/// Two lanes of multiply-and-fold over 16 bytes at a time (wyhash's core): a hundred times SHA-1's speed. A tag tells versions of
/// one resource apart; whoever can choose bodies to collide only fools a cache of his own.
__extension__ using Wide = unsigned __int128;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash(std::string_view bytes) {
    constexpr std::uint64_t k1 = 0xa0761d6478bd642full, k2 = 0xe7037ed1a0b428dbull, k3 = 0x8ebc6af09c88c6e3ull;
    std::uint64_t state = k1 ^ bytes.size();
    std::array<std::uint64_t, 2> block{};
    const auto mix = [&] { state = fold(block[0] ^ k2 ^ state, block[1] ^ k3 ^ (state >> 17)); };
    for (; bytes.size() >= sizeof block; bytes.remove_prefix(sizeof block)) {
        std::memcpy(block.data(), bytes.data(), sizeof block);
        mix();
    }
    if (!bytes.empty()) {
        block = {};
        std::memcpy(block.data(), bytes.data(), bytes.size());
        mix();
    }
    return fold(state ^ k3, k2);
}

void append_hex(std::string& out, std::uint64_t number) {
    std::array<char, 16> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr);
}

}  // namespace

std::string weak_etag(std::string_view body) {
    std::string tag;
    tag.reserve(40);
    tag += "W/\"";
    append_hex(tag, body.size());
    tag += '-';
    append_hex(tag, hash(body));
    return tag += '"';
}

bool is_fresh(std::string_view etag, std::string_view if_none_match, std::string_view cache_control) {
    if (if_none_match.empty() || cache_control.find("no-cache") != std::string_view::npos) return false;
    if (if_none_match == "*") return true;
    const auto opaque = etag.substr(etag.starts_with("W/") ? 2 : 0);
    while (!if_none_match.empty()) {
        const auto comma = if_none_match.find(',');
        auto tag = if_none_match.substr(0, comma);
        if_none_match = comma == std::string_view::npos ? std::string_view{} : if_none_match.substr(comma + 1);
        while (!tag.empty() && (tag.front() == ' ' || tag.front() == '\t')) tag.remove_prefix(1);
        while (!tag.empty() && (tag.back() == ' ' || tag.back() == '\t')) tag.remove_suffix(1);
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == opaque) return true;
    }
    return false;
}

}  // namespace mt::app::rest
