#include <cstdint>
#include <string>

#include "base/js_scaffold.hpp"
#include "tests/fuzz/check.hpp"

// Any text is some kind of script; a comment before it changes nothing, and a call before it makes it code.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    const bool marked = text.starts_with("\xef\xbb\xbf");  // a byte order mark is one at the start only
    if (!marked) MT_FUZZ_CHECK(mt::recognise_script("/* a */" + text) == mt::recognise_script(text));
    MT_FUZZ_CHECK(mt::recognise_script("evil(1)\n" + text) == mt::Script::code);
    return 0;
}
