#pragma once
#include <span>
#include <string_view>

namespace mt::app::rest {

/// The best of `offered` for an Accept field as the npm packages accepts and negotiator choose it: by the client's quality,
/// then how specific, then the client's order, then ours. Empty if nothing fits; the first one if there is no field.
std::string_view preferred_type(std::string_view accept, std::span<const std::string_view> offered);

/// How a successful result goes out.
enum class ResultFormat { json, javascript, xml, not_acceptable };
/// `xml` lets Accept ask for XML; `?_format=xml` does always.
ResultFormat result_format(std::string_view accept, std::string_view query, bool xml = false);

/// How an error goes out.
enum class ErrorFormat { json, html, xml };
ErrorFormat error_format(std::string_view accept, std::string_view query);

}  // namespace mt::app::rest
