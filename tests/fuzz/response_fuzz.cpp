#include <cstdint>
#include <string>

#include "base/http/head.hpp"
#include "gateway/proxy/headers.hpp"
#include "tests/fuzz/check.hpp"

// An accepted answer's head has one framing; what we write for it, with that framing, is read back with the same.

using namespace mt;
using State = http::ScanResult::State;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static http::Head head, again;
    if (size == 0) return 0;
    const bool to_head = (data[0] & 1) != 0;
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto scan = http::scan_response(bytes, head, to_head);
    MT_FUZZ_CHECK(scan.state != State::invalid || (scan.status == 502 && scan.why[0] != '\0'));
    if (scan.state != State::complete) return 0;
    MT_FUZZ_CHECK(head.status >= 100 && head.status <= 599);
    const bool no_body = to_head || head.status < 200 || head.status == 204 || head.status == 304;
    MT_FUZZ_CHECK(no_body == (head.framing == http::Framing::none));
    MT_FUZZ_CHECK(head.framing != http::Framing::until_close || !head.keep_alive);

    std::string out;
    gateway::rewrite_answer(head, {head.framing, false, false}, false, {"/apps", "foo", "h", "", 1, (data[0] & 2) != 0}, out);
    const auto read = http::scan_response(out, again, to_head, {1u << 20, 1u << 20, http::k_fields_max});  // ours come on top of the most that are taken
    MT_FUZZ_CHECK(read.state == State::complete && again.framing == head.framing);
    if (head.framing == http::Framing::length && read.state == State::complete) MT_FUZZ_CHECK(again.content_length == head.content_length);
    return 0;
}
