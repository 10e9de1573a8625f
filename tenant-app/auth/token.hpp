#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mt::app {

/// A new access token as LoopBack makes them: 64 letters and digits of the system's random source. `bytes` is for others.
std::string make_token(std::size_t length = 64);

/// What the id column holds for a token: "sha256-" and its hash. Whoever reads the database cannot log in with it.
std::string stored_token(std::string_view token);

/// Whether a text is such an id: never looked up as it is.
bool is_stored_token(std::string_view text);

/// What LoopBack's token middleware makes of an Authorization or X-Access-Token field: the text itself; what "Bearer " holds in
/// base64; of "Basic " the longer half of user:password.
std::string token_of_header(std::string_view value);

/// As node's Buffer decodes it: both alphabets, whatever does not belong is skipped.
std::string decode_base64(std::string_view text);

}  // namespace mt::app
