#include <cstdint>
#include <string>

#include "base/http/chunked.hpp"
#include "tests/fuzz/check.hpp"

// The result does not depend on where the bytes are cut, and the decoder never makes more of them than there were.

namespace {

struct Outcome {
    std::string body;
    std::size_t used = 0;
    bool done = false, failed = false;
};

Outcome decode(std::string_view bytes, std::size_t first, std::size_t piece) {
    mt::http::ChunkedDecoder decoder;
    Outcome outcome;
    while (outcome.used < bytes.size() && !decoder.done()) {
        const auto step = decoder.feed(bytes.substr(outcome.used, outcome.used < first ? first - outcome.used : piece));
        MT_FUZZ_CHECK(step.data.size() <= step.used);
        if (decoder.failed() || step.used == 0) break;
        outcome.body += step.data;
        outcome.used += step.used;
    }
    outcome.done = decoder.done();
    outcome.failed = decoder.failed();
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
    const auto whole = decode(bytes, 0, bytes.size());
    const auto split = decode(bytes, data[0], 1 + data[1] % 16u);
    MT_FUZZ_CHECK(whole.done == split.done && whole.failed == split.failed);
    MT_FUZZ_CHECK(whole.failed || (whole.body == split.body && whole.used == split.used));
    MT_FUZZ_CHECK(whole.body.size() <= bytes.size());
    return 0;
}
