#pragma once
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace mt::app {

/// One value of a line. RFC 4180 does not tell an absent value from an empty text; we write (and read) `,,` and `,"",`.
struct CsvCell {
    std::string text;
    bool quoted = false;
};

/// Appends a cell, in quotes where RFC 4180 section 2 needs them, or where it is an empty text.
void append_cell(std::string& out, std::string_view text);

/// Reads records (RFC 4180; a line may also end with a bare LF); blocks.
class CsvReader {
public:
    static constexpr std::size_t k_record_bytes_max = 64u << 20;

    /// Borrows `in`.
    explicit CsvReader(std::FILE* in) : in_(in) {}

    /// The next record; false at the end. Empty lines are passed over. Fails with bad_request (a quote inside a bare
    /// cell, text behind a closing quote, a quote that is never closed), payload_too_large, failed.
    Result<bool> next(std::vector<CsvCell>& cells);
    /// The line on which the last record began, from 1.
    std::size_t line() const { return began_; }

private:
    int take();

    std::FILE* in_;
    std::size_t line_ = 1, began_ = 1;
    bool first_ = true;
};

}  // namespace mt::app
