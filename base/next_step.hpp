#pragma once
#include <string_view>

namespace mt {

/// What to do about a system error of files and folders, `number` of errno: a full disk, a missing right. Empty if there is
/// nothing to say. errno_error() takes it as its hint.
std::string_view next_step(int number);

}  // namespace mt
