#pragma once
#include <string>
#include <string_view>

namespace mt {

/// `text` on a terminal, control characters as \xNN: what came from outside must not move the cursor.
std::string printable(std::string_view text);

/// The same between single quotes, shortened to 80 bytes: what a user typed, in a message.
std::string in_quotes(std::string_view text);

}  // namespace mt
