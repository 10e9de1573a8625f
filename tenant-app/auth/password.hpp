#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace mt::app {

/// LoopBack's rules for a new password: some text, of at most 72 bytes. Fails with validation, labelled INVALID_PASSWORD or
/// PASSWORD_TOO_LONG.
Status check_password(std::string_view plain);

/// Whether this is a hash as LoopBack stores one (bcrypt), which it keeps as it is when a client gives it for a password.
bool is_loopback_hash(std::string_view text);

/// A hash to be stored (argon2id, 19 MiB, two passes). Takes 20 to 40 ms: for PasswordThread, not for the loop.
/// Fails with failed if there is no memory for it.
Result<std::string> hash_password(std::string_view plain);

enum class PasswordMatch { wrong, right, right_but_old };

/// Compares with what is stored: ours, or LoopBack's ($2a$, $2b$, $2y$), which is `right_but_old` and to be replaced. Takes as
/// long as hash_password(). Anything else, an empty text among it, is wrong after the same time, so that nobody learns which
/// users there are. As in LoopBack only the first 72 bytes count.
PasswordMatch match_password(std::string_view stored, std::string_view plain);

}  // namespace mt::app
