#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mt::http {

/// Decodes the chunked coding (RFC 9112 section 7.1) as the bytes come, strictly: 1*HEXDIG sizes without overflow, CRLF only,
/// extensions checked, bounded and dropped, trailers checked, bounded and dropped. Holds no body bytes. What it accepts does not
/// depend on where the bytes are cut.
class ChunkedDecoder {
public:
    struct Step {
        std::size_t used = 0;     ///< bytes of `bytes` consumed, framing and data
        std::string_view data;    ///< body bytes among them; may be empty. Views `bytes`.
    };
    /// Consumes up to one run of body bytes. Call until `used` is 0 or done(). After a failure nothing is consumed any more.
    Step feed(std::string_view bytes);

    bool done() const { return state_ == State::done; }
    bool failed() const { return state_ == State::failed; }
    /// For a failure: a literal.
    const char* why() const { return why_; }

private:
    enum class State : std::uint8_t {
        size_first, size, extension_name_start, extension_name, extension_value_start, extension_value, extension_quoted,
        extension_escape, extension_end, size_lf, data, data_cr, data_lf, trailer_start, trailer_name, trailer_value, trailer_lf,
        end_lf, done, failed
    };
    Step fail(const char* why);
    /// Every byte that is not body. False: failed.
    bool framing(char c);
    bool reject(const char* why);

    State state_ = State::size_first;
    std::uint8_t digits_ = 0;     ///< of the current size
    std::uint16_t overhead_ = 0;  ///< bytes of extensions and trailers so far, over the whole body
    std::uint64_t left_ = 0;
    const char* why_ = "";
};

}  // namespace mt::http
