#pragma once
#include <array>
#include <string>
#include <string_view>

namespace mt::mtm {

/// SHA-256 of what was added, in lower-case hexadecimal digits.
class Checksum {
public:
    Checksum();
    void add(std::string_view bytes);
    /// Once, at the end.
    std::string finish();

private:
    alignas(8) std::array<unsigned char, 128> state_;  // libsodium's, whose header stays out of ours
};

}  // namespace mt::mtm
