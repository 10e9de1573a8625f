#pragma once
#include <string>
#include <string_view>

#include "tenant-app/data/sql/table.hpp"
#include "tenant-app/model/record.hpp"

namespace mt::app::server {

/// U+FFFD for half a surrogate pair, which no server stores; so does JavaScript when a text of its leaves it.
std::string well_formed(std::string text);
/// A value as text where the server's type does not matter: numbers as JavaScript writes them, booleans as `true` and
/// `false`, lists and objects as JSON. Well formed.
std::string plain_text(const Value& value);
/// A number, an integer where it is one exactly.
Value number_of(std::string_view text);
/// What is in a column of texts or JSON that keeps values of any kind; what is no JSON is a text.
Value parse_stored(std::string_view text);
/// The text of a number, boolean or text column as the property has it.
Value from_text(const Property& property, std::string_view text);

/// Without half a surrogate pair, which servers refuse.
bool is_strict_utf8(std::string_view text);
/// In small letters, as servers write it.
bool is_uuid(std::string_view text);

}  // namespace mt::app::server
