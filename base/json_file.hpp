#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt {

using json = nlohmann::json;
/// Keeps the order of keys: for files that people read and for models, whose properties have an order.
using ordered_json = nlohmann::ordered_json;

/// A configuration file together with its text, so that an error found later in its values can name the line.
struct JsonFile {
    std::filesystem::path path;
    std::string text;
    std::string display;  ///< the path as messages show it

    /// invalid_config at `pointer` (RFC 6901) of this file.
    Error error_at(std::string_view pointer, std::string message) const;
};

/// Parses without exceptions. Fails with invalid_config at the line of the syntax error, not_found or failed.
/// A byte order mark is skipped, a duplicate key is an error, nesting above 100 is an error.
Result<ordered_json> parse_config(const JsonFile& file);

/// Reads and parses. `display` is what messages call the file; empty means its path.
Result<JsonFile> read_json_file(const std::filesystem::path& path, std::string display = {});

/// The 1-based line on which the value at `pointer` starts in the JSON `text`, 0 if it is not there.
/// For a missing member the line of the object that lacks it.
std::size_t line_of(std::string_view text, std::string_view pointer);

/// Whether the JSON `text` holds a value at `pointer`.
bool holds(std::string_view text, std::string_view pointer);

/// `segment` escaped for a JSON pointer (RFC 6901 section 3).
std::string pointer_escape(std::string_view segment);

/// Parses bytes from outside: no exceptions, nesting at most `depth_max`, invalid UTF-8 refused. As in JavaScript, a number beyond
/// a double's range is an infinity, and an escape may name half a surrogate pair, which then is in the string as three bytes in
/// UTF-8's manner (WTF-8). Of a key that appears twice the last value counts.
/// Fails with bad_request. The message is the parser's, without position prefix.
Result<json> parse_json(std::string_view text, int depth_max = 64);

}  // namespace mt
