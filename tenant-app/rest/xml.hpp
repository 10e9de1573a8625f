#pragma once
#include <string>
#include <string_view>

namespace mt::app::rest {

/// A JSON result as the npm package js2xmlparser writes it below <response>: lists as repeated elements, dates in JavaScript's long
/// form. Empty if the text is no JSON.
std::string to_xml(std::string_view json_text);

}  // namespace mt::app::rest
