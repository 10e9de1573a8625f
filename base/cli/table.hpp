#pragma once
#include <string>
#include <vector>

#include "base/json_file.hpp"

namespace mt::cli {

/// How a cell's JSON value is shown.
enum class Show {
    text,
    state,     ///< a word, coloured on a terminal
    count,     ///< right-aligned
    duration,  ///< milliseconds: "3m12s"
    milliseconds,  ///< how long something took: "0.8ms", "12ms", "1.2s"
    bytes,     ///< "12.3 MiB"
};

struct Column {
    std::string title;
    std::string key;  ///< of the row's object; "a/b" reaches into objects
    Show show = Show::text;
    unsigned spare = 0;  ///< where the whole is too wide columns are left out, the highest first; never those with 0
};

/// `rows` is the array that `--json` prints. Columns are aligned and separated by two spaces; absent and null cells are "-";
/// control characters are escaped. Where the whole
/// would be wider than `width` cells, the last column is cut, then the first, then columns are left out (Column::spare).
std::string render_table(const json& rows, const std::vector<Column>& columns, bool colour, std::size_t width = 0);
/// One object as lines of "title  value".
std::string render_fields(const json& object, const std::vector<Column>& fields, bool colour);

/// "0.4s", "12s", "3m12s", "5h03m", "12d4h".
std::string human_duration(std::int64_t ms);
/// "0.8ms", "12ms", "1.2s".
std::string short_time(double ms);
/// `text` coloured by what it means: ready green, degraded and backoff yellow, failed red.
std::string colour_state(const std::string& text);

}  // namespace mt::cli
