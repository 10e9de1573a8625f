#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_file.hpp"
#include "mtm/bundle/tar.hpp"

namespace mt::mtm {

/// Reads a bundle from its first byte to its last. What it hands out is not known to be whole before next() has
/// answered "no more", which it does only behind an end.json whose checksums are those of everything read: whoever acts
/// on the content does it where it can be thrown away.
class BundleReader {
public:
    /// `in` stays the caller's; `display` is what errors call the bundle.
    BundleReader(int in, std::string display);
    BundleReader(const BundleReader&) = delete;
    BundleReader& operator=(const BundleReader&) = delete;
    ~BundleReader();

    /// The next entry, past what is left of the last one; end.json is not among them. Fails with failed, as all here:
    /// no bundle, damaged, cut off.
    Result<std::optional<TarEntry>> next();
    /// A piece of the entry, valid until the next call; empty at its end.
    Result<std::string_view> read();
    /// The whole entry. Fails also above `bytes_max`.
    Result<std::string> read_all(std::uint64_t bytes_max);

    /// What end.json says, after the end.
    const json& end() const;
    /// Read so far, compressed.
    std::uint64_t bytes() const;

private:
    struct State;
    Error broken(std::string what) const;
    Result<std::string_view> raw(std::size_t bytes_max);
    Status skip(std::uint64_t bytes);
    Status close_entry();
    Status finish();
    std::unique_ptr<State> state_;
};

}  // namespace mt::mtm
