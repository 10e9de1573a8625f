#include "gateway/ui/secret.hpp"

#include <sys/random.h>

#include <array>
#include <cstdlib>

namespace mt::gateway {

std::string random_secret() {
    std::array<unsigned char, 32> bytes{};
    // Below 256 bytes getrandom(2) neither fails nor comes short, once the system has started.
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) std::abort();
    std::string text;
    for (const auto byte : bytes) {
        constexpr std::string_view k_digits = "0123456789abcdef";
        text += k_digits[byte >> 4];
        text += k_digits[byte & 15];
    }
    return text;
}

bool same_secret(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    volatile unsigned char difference = 0;  // volatile: the loop is not to end at the first one
    for (std::size_t i = 0; i < a.size(); ++i)
        difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
    return difference == 0;
}

}  // namespace mt::gateway
