#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/http/head.hpp"

namespace mt::gateway {

enum class Coding : std::uint8_t { identity, gzip, zstd };
std::string_view name(Coding coding);

/// The coding of ours that Accept-Encoding likes best (RFC 9110 section 12.5.3); of equals zstd, which takes less CPU.
/// identity without the field, or where it is liked better.
Coding negotiate(const http::Head& request);

/// What is between a worker's body and the client's. One per answer, streaming, at most 200 KiB of state whatever the
/// answer's size.
class Encoder {
public:
    enum class Until : std::uint8_t { full, flushed, ended };

    /// Not identity. Null if memory is short.
    static std::unique_ptr<Encoder> make(Coding coding);
    virtual ~Encoder() = default;

    /// Takes from `in` and writes to `out` until either is used up. `until` tells what is wanted once `in` is empty:
    /// nothing, all that was taken so far, or the end. `done` is set when that has been reached; else there is more to
    /// write. Answers the bytes written.
    virtual std::size_t run(std::string_view& in, char* out, std::size_t room, Until until, bool& done) = 0;
};

}  // namespace mt::gateway
