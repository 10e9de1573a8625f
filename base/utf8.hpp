#pragma once
#include <string>
#include <string_view>

namespace mt {

/// `text` with U+FFFD for each byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7): what goes into a JSON text.
std::string as_utf8(std::string_view text);

}  // namespace mt
