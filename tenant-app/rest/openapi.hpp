#pragma once
#include <string>

namespace mt::app::rest {

/// The OpenAPI 3.0 form of a description that swagger_text() wrote: the same paths and models, bodies as requestBody, definitions
/// below components ("$new_Customer" is "new_Customer" there), and the ways to send an access token as security schemes.
std::string to_openapi(const std::string& swagger);

}  // namespace mt::app::rest
