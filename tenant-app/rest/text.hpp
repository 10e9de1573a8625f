#pragma once
#include <string>
#include <string_view>

namespace mt::app::rest {

/// Appends `text` as a JSON string. Bytes that are no UTF-8 are kept: whoever let them in has checked.
void append_quoted(std::string& out, std::string_view text);

/// Appends `text` with the characters escaped that mean something in HTML and XML.
void append_escaped(std::string& out, std::string_view text);

void append_number(std::string& out, unsigned long long number);

}  // namespace mt::app::rest
