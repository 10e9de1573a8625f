#pragma once
#include <string>

namespace mt {

/// "SIGKILL"; "signal 64" for one without a name.
std::string signal_name(int number);

}  // namespace mt
