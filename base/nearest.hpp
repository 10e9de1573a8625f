#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mt {

/// The name that somebody who typed `typed` probably meant, or empty: at most a third of it wrong, swaps counting once.
std::string nearest(std::string_view typed, const std::vector<std::string>& names);

/// "did you mean 'start'?", or empty if nothing is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& names);

}  // namespace mt
