#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/files.hpp"
#include "base/json_file.hpp"
#include "mtm/bundle/tar.hpp"

namespace mt::mtm {

/// Writes a bundle (docs/BUNDLE.md) from its first byte to its last: nothing is sought, a pipe will do.
class BundleWriter {
public:
    /// `out` stays the caller's and open.
    explicit BundleWriter(int out);
    BundleWriter(const BundleWriter&) = delete;
    BundleWriter& operator=(const BundleWriter&) = delete;
    ~BundleWriter();

    /// Fails with failed, as all here: `out` cannot be written, a name is too long.
    Status add(const std::string& name, std::string_view content, unsigned mode = 0644);
    /// The first `bytes` of an open file; fails also if it has become shorter.
    Status add_file(const TarEntry& entry, const Fd& file);
    /// The last entry, end.json: the checksums of all others, and what `end` says besides. Nothing may follow.
    Status finish(json end);

    /// Written so far, compressed.
    std::uint64_t bytes() const;

private:
    struct State;
    Status begin(const TarEntry& entry);
    Status content(std::string_view bytes);
    Status close(const TarEntry& entry);
    Status put(std::string_view bytes, bool last = false);
    std::unique_ptr<State> state_;
};

}  // namespace mt::mtm
