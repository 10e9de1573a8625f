#include "base/http/chunked.hpp"

#include <algorithm>

#include "base/http/syntax.hpp"

namespace mt::http {

namespace {

/// Extensions and trailers mean nothing to us; a body made of them is an attack on the reader's CPU.
constexpr unsigned k_overhead_max = 8u << 10;
/// 15 digits are a petabyte: no overflow to check for, and no endless leading zeros.
constexpr unsigned k_digits_max = 15;

unsigned hex_value(char c) { return c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a' + 10); }

}  // namespace

bool ChunkedDecoder::reject(const char* why) {
    state_ = State::failed;
    why_ = why;
    return false;
}

ChunkedDecoder::Step ChunkedDecoder::fail(const char* why) {
    reject(why);
    return {};
}

bool ChunkedDecoder::framing(char c) {
    switch (state_) {
        case State::size_first:
            if (!is(c, k_hex)) return reject("an invalid chunk size");
            left_ = hex_value(c);
            digits_ = 1;
            state_ = State::size;
            return true;
        case State::size:
            if (is(c, k_hex)) {
                if (++digits_ > k_digits_max) return reject("a chunk size out of range");
                left_ = left_ * 16 + hex_value(c);
                return true;
            }
            if (c == '\r') state_ = State::size_lf;
            else if (c == ';') state_ = State::extension_name_start;
            else return reject("an invalid chunk size");
            return true;
        case State::extension_name_start:
            if (c == ' ' || c == '\t') return true;
            if (!is(c, k_token)) return reject("an invalid chunk extension");
            state_ = State::extension_name;
            return true;
        case State::extension_name:
            if (is(c, k_token)) return true;
            if (c == '=') state_ = State::extension_value_start;
            else if (c == ';') state_ = State::extension_name_start;
            else if (c == '\r') state_ = State::size_lf;
            else return reject("an invalid chunk extension");
            return true;
        case State::extension_value_start:
            if (c == ' ' || c == '\t') return true;
            if (c == '"') state_ = State::extension_quoted;
            else if (is(c, k_token)) state_ = State::extension_value;
            else return reject("an invalid chunk extension");
            return true;
        case State::extension_value:
            if (is(c, k_token)) return true;
            [[fallthrough]];
        case State::extension_end:
            if (c == ';') state_ = State::extension_name_start;
            else if (c == '\r') state_ = State::size_lf;
            else return reject("an invalid chunk extension");
            return true;
        case State::extension_quoted:
            if (c == '"') state_ = State::extension_end;
            else if (c == '\\') state_ = State::extension_escape;
            else if (!is(c, k_value)) return reject("an invalid chunk extension");
            return true;
        case State::extension_escape:
            if (!is(c, k_value)) return reject("an invalid chunk extension");
            state_ = State::extension_quoted;
            return true;
        case State::size_lf:
            if (c != '\n') return reject("a CR without LF after a chunk size");
            state_ = left_ ? State::data : State::trailer_start;
            return true;
        case State::data_cr:
            if (c != '\r') return reject("a chunk longer than its size");
            state_ = State::data_lf;
            return true;
        case State::data_lf:
            if (c != '\n') return reject("a CR without LF after a chunk");
            state_ = State::size_first;
            return true;
        case State::trailer_start:
            if (c == '\r') state_ = State::end_lf;
            else if (is(c, k_token)) state_ = State::trailer_name;
            else return reject("an invalid trailer");
            return true;
        case State::trailer_name:
            if (is(c, k_token)) return true;
            if (c != ':') return reject("an invalid trailer");
            state_ = State::trailer_value;
            return true;
        case State::trailer_value:
            if (is(c, k_value)) return true;
            if (c != '\r') return reject("an invalid trailer");
            state_ = State::trailer_lf;
            return true;
        case State::trailer_lf:
            if (c != '\n') return reject("a CR without LF in a trailer");
            state_ = State::trailer_start;
            return true;
        case State::end_lf:
            if (c != '\n') return reject("a CR without LF after the last chunk");
            state_ = State::done;
            return true;
        case State::data:
        case State::done:
        case State::failed: return false;
    }
    return false;
}

ChunkedDecoder::Step ChunkedDecoder::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size()) {
        if (state_ == State::done || state_ == State::failed) break;
        if (state_ == State::data) {
            const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - used));
            left_ -= length;
            if (left_ == 0) state_ = State::data_cr;
            return {used + length, bytes.substr(used, length)};
        }
        const bool extra = (state_ > State::size && state_ < State::size_lf) || (state_ >= State::trailer_name && state_ <= State::trailer_lf);
        if (extra && ++overhead_ > k_overhead_max) return fail("chunk extensions or trailers are too long");
        if (!framing(bytes[used])) return {};
        ++used;
    }
    return {used, {}};
}

}  // namespace mt::http
