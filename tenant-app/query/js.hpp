#pragma once
// What JavaScript does to values, which LoopBack's behaviour rests on: String(x), Number(x), Date parsing, JSON.stringify.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_file.hpp"

namespace mt::app::js {

/// Number.prototype.toString: "12.5", "1e+21", "NaN"; -0 is "0".
void append_number(std::string& out, double number);
/// String(x): an array's items joined by commas, "[object Object]", "null".
std::string to_text(const json& value);
/// JSON.stringify(x). Invalid UTF-8 becomes U+FFFD; NaN and infinities null.
void append_json(std::string& out, const json& value);
void append_quoted(std::string& out, std::string_view text);
std::string to_json(const json& value);
bool is_utf8(std::string_view text);
/// object[name]; null where there is none.
const json& member(const json& object, std::string_view name);
/// Boolean(x): false for null, false, 0, NaN and "".
bool is_truthy(const json& value);

/// Number(x); NaN where there is none: "" is 0, "0x10" 16, " 7 " 7, [5] 5, {} NaN.
double to_number(const json& value);
double to_number(std::string_view text);
/// As a JSON number: an integer where it is one exactly, null for NaN and infinities.
json number_value(double number);

/// new Date(x) in ms since 1970; nothing for an invalid date. Times without a zone are UTC.
std::optional<std::int64_t> to_time(const json& value);
std::optional<std::int64_t> parse_date(std::string_view text);
/// Date.prototype.toISOString: "2020-05-05T08:11:12.000Z".
std::string iso_date(std::int64_t ms);

}  // namespace mt::app::js
