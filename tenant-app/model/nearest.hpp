#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mt::app {

/// The one of `known` that `typed` was probably meant to be (edit distance up to a third of its length), or empty.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

/// For a hint: `did you mean "sqlite3"? Known: memory, sqlite3`.
std::string known_hint(std::string_view typed, const std::vector<std::string>& known);

}  // namespace mt::app
