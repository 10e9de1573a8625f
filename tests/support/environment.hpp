#pragma once
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace mt::test {

/// What ctest tells a test program, MT_BIN or MT_SOURCE; throws with advice where it was run by itself.
inline std::string told_by_ctest(const char* variable) {
    if (const char* value = std::getenv(variable)) return value;
    throw std::runtime_error{std::string{variable} + " is not set: run this by ctest, or set it (MT_BIN: the build's bin/, MT_SOURCE: the source tree)"};
}

}  // namespace mt::test
