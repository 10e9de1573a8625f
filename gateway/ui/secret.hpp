#pragma once
#include <string>
#include <string_view>

namespace mt::gateway {

/// 256 bits of getrandom(2), in hexadecimal: tokens, cookies, what else must not be guessed.
std::string random_secret();

/// Takes the same time wherever the two differ. Their lengths are no secret.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace mt::gateway
