#pragma once
#include <string_view>

namespace mt::mtm {

/// True when `word` holds a character that makes it a pattern: `*`, `?` or `[`.
bool is_glob(std::string_view word);

/// The shell's pattern, upper and lower case alike: ids are lower case, whatever is typed.
bool matches_glob(std::string_view pattern, std::string_view id);

}  // namespace mt::mtm
