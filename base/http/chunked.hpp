#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mt::http {

/// Decodes the chunked coding (RFC 9112 section 7.1) as the bytes come, strictly: 1*HEXDIG sizes without overflow, CRLF only,
/// extensions bounded and dropped, trailers checked, bounded and dropped. Holds no body bytes.
class ChunkedDecoder {
public:
    struct Step {
        std::size_t used = 0;     ///< bytes of `bytes` consumed, framing and data
        std::string_view data;    ///< body bytes among them; may be empty. Views `bytes`.
    };
    /// Consumes up to one run of body bytes. Call until `used` is 0 or done().
    Step feed(std::string_view bytes);

    bool done() const { return state_ == State::done; }
    bool failed() const { return state_ == State::failed; }
    /// For a failure: a literal.
    const char* why() const { return why_; }

private:
    enum class State : std::uint8_t { size_first, size, extension, size_lf, data, data_cr, data_lf, trailer_start, trailer, trailer_lf, end_lf, done, failed };
    Step fail(const char* why);

    State state_ = State::size_first;
    std::uint64_t left_ = 0;
    std::uint32_t overhead_ = 0;  ///< bytes of extensions or trailers so far, bounded
    const char* why_ = "";
};

}  // namespace mt::http
