#include "base/signal_name.hpp"

#include <cstring>

namespace mt {

std::string signal_name(int number) {
    const char* const name = ::sigabbrev_np(number);
    return name ? "SIG" + std::string{name} : "signal " + std::to_string(number);
}

}  // namespace mt
