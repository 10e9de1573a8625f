#pragma once
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/result.hpp"

namespace mt::app {

/// The lines of a stream, one at a time; blocks.
class LineReader {
public:
    static constexpr std::size_t k_line_bytes_max = 256u << 20;

    /// Borrows `in`.
    explicit LineReader(std::FILE* in) : in_(in) {}
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;
    ~LineReader() { std::free(text_); }

    /// The next line without its end, valid until the next call; false at the end of the stream. Fails with failed, and
    /// with payload_too_large beyond k_line_bytes_max.
    Result<bool> next(std::string_view& line) {
        const auto length = ::getline(&text_, &room_, in_);
        if (length < 0) {
            if (std::ferror(in_)) return errno_error("read the rows");
            return false;
        }
        ++number_;
        line = {text_, static_cast<std::size_t>(length)};
        if (line.size() > k_line_bytes_max) return Error{Errc::payload_too_large, "a line is too long"};
        if (line.ends_with('\n')) line.remove_suffix(1);
        return true;
    }
    /// Of the last line, from 1.
    std::size_t number() const { return number_; }

private:
    std::FILE* in_;
    char* text_ = nullptr;
    std::size_t room_ = 0, number_ = 0;
};

}  // namespace mt::app
