#pragma once
#include <string>
#include <string_view>

namespace mt::gateway {

/// `text`, which is UTF-8, as it may stand between the quotes of a JSON string.
std::string json_text(std::string_view text);
/// `text` as it may stand in an HTML element's content or in a quoted attribute.
std::string html_text(std::string_view text);

}  // namespace mt::gateway
