#include "mtm/bundle/tar.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace mt::mtm {

namespace {

// Where the fields of a ustar header are.
constexpr std::size_t k_name = 0, k_name_size = 100, k_mode = 100, k_uid = 108, k_gid = 116, k_size = 124,
    k_size_size = 12,
                      k_time = 136, k_sum = 148, k_type = 156, k_magic = 257, k_prefix = 345, k_prefix_size = 155;
constexpr std::uint64_t k_octal_most = 077777777777;  // 8 GiB - 1; above it GNU's binary form, which every tar reads

using Block = std::array<char, k_tar_block>;

void put(Block& block, std::size_t at, std::string_view text) { std::copy(text.begin(), text.end(), block.begin() +
    static_cast<std::ptrdiff_t>(at)); }

void put_octal(Block& block, std::size_t at, int digits, std::uint64_t value) {
    char text[24];
    const int length = std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    put(block, at, {text, static_cast<std::size_t>(length)});
}

void put_size(Block& block, std::uint64_t bytes) {
    if (bytes <= k_octal_most) return put_octal(block, k_size, 11, bytes);
    block[k_size] = static_cast<char>(0x80);
    for (std::size_t i = 0; i < 8; ++i) block[k_size +
        k_size_size - 1 - i] = static_cast<char>(bytes >> (8 * i) & 0xff);
}

/// The sum of all bytes, those of the sum itself taken as blanks.
unsigned sum_of(std::string_view block) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < block.size(); ++i)
        sum += i >= k_sum && i < k_sum + 8 ? ' ' : static_cast<unsigned char>(block[i]);
    return sum;
}

std::string_view text_at(std::string_view block, std::size_t at, std::size_t size) {
    const auto field = block.substr(at, size);
    return field.substr(0, field.find('\0'));
}

std::optional<std::uint64_t> octal_at(std::string_view block, std::size_t at, std::size_t size) {
    auto text = text_at(block, at, size);
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

std::optional<std::uint64_t> size_at(std::string_view block) {
    if (!(static_cast<unsigned char>(block[k_size]) & 0x80)) return octal_at(block, k_size, k_size_size);
    std::uint64_t value = 0;
    for (std::size_t i = 4; i < k_size_size; ++i) value = value << 8 | static_cast<unsigned char>(block[k_size + i]);
    return value < (1ull << 50) ? std::optional{value} : std::nullopt;
}

bool is_safe(std::string_view name) {
    if (name.empty() || name.starts_with('/') || name.ends_with('/')) return false;
    while (!name.empty()) {
        const auto part = name.substr(0, name.find('/'));
        if (part.empty() || part == "." || part == "..") return false;
        name.remove_prefix(std::min(name.size(), part.size() + 1));
    }
    return true;
}

}  // namespace

Result<Block> tar_header(const TarEntry& entry, std::int64_t modified) {
    Block block{};
    std::string_view name = entry.name, prefix;
    if (name.size() > k_name_size) {
        const auto slash = name.find('/', name.size() - k_name_size - 1);
        if (slash == std::string_view::npos || slash > k_prefix_size)
            return Error{Errc::failed, "the path " + entry.name + " is too long for a bundle"}.hint(
                "a path there has 255 bytes at most, its last part 100");
        prefix = name.substr(0, slash);
        name = name.substr(slash + 1);
    }
    put(block, k_name, name);
    put(block, k_prefix, prefix);
    put_octal(block, k_mode, 7, entry.mode & 0777);
    put_octal(block, k_uid, 7, 0);
    put_octal(block, k_gid, 7, 0);
    put_size(block, entry.bytes);
    put_octal(block, k_time, 11, static_cast<std::uint64_t>(modified));
    block[k_type] = '0';
    put(block, k_magic, std::string_view{"ustar\0" "00", 8});
    put_octal(block, k_sum, 6, sum_of({block.data(), block.size()}));
    block[k_sum + 7] = ' ';
    return block;
}

Result<std::optional<TarEntry>> parse_tar_header(std::string_view block) {
    if (std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; })) return std::optional<TarEntry>{};
    if (octal_at(block, k_sum, 8) != sum_of(block) || block.substr(k_magic, 5) != "ustar")
        return Error{Errc::failed, "it is damaged: no entry begins where one should"};
    TarEntry entry;
    if (const auto prefix = text_at(block, k_prefix,
        k_prefix_size); !prefix.empty()) entry.name = std::string{prefix} + "/";
    entry.name += text_at(block, k_name, k_name_size);
    const auto bytes = size_at(block);
    const auto mode = octal_at(block, k_mode, 8);
    if ((block[k_type] != '0' && block[k_type] != '\0') || !bytes || !mode || !is_safe(entry.name))
        return Error{Errc::failed, "it holds an entry that no bundle has"};
    entry.bytes = *bytes;
    entry.mode = static_cast<unsigned>(*mode & 0777);
    return std::optional{std::move(entry)};
}

}  // namespace mt::mtm
