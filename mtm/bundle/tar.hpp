#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt::mtm {

// A bundle is a POSIX tar (ustar, IEEE Std 1003.1-2017 "pax") of plain files, so that tar itself can list and unpack
// it.
inline constexpr std::size_t k_tar_block = 512;

struct TarEntry {
    std::string name;  ///< relative, `/` between its parts
    std::uint64_t bytes = 0;
    unsigned mode = 0644;
};

/// The block that precedes the content. Fails with failed for a name that does not fit (255 bytes, the last part 100).
Result<std::array<char, k_tar_block>> tar_header(const TarEntry& entry, std::int64_t modified);

/// Nothing for the block of zeros that ends an archive. Fails with failed: no such block, or an entry that is no plain
/// file with a safe name (relative, without `..`).
Result<std::optional<TarEntry>> parse_tar_header(std::string_view block);

/// How many bytes follow the content, up to the next block.
inline std::size_t tar_padding(std::uint64_t bytes) {
    return static_cast<std::size_t>((k_tar_block - bytes % k_tar_block) % k_tar_block);
}

}  // namespace mt::mtm
