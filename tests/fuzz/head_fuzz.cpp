#include <algorithm>
#include <cstdint>
#include <string>

#include "base/http/head.hpp"
#include "gateway/proxy/headers.hpp"
#include "gateway/proxy/route.hpp"
#include "tests/fuzz/check.hpp"

// An accepted head has one framing, one Host and no byte that ends a line early; what we write for it is accepted again, with
// the same framing; and every prefix of it is incomplete.

using namespace mt;
using http::FieldName;
using State = http::ScanResult::State;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static http::Head head, again;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto scan = http::scan_request(bytes, head);
    MT_FUZZ_CHECK(scan.state != State::invalid || (scan.status >= 400 && scan.why[0] != '\0'));
    if (scan.state != State::complete) return 0;

    MT_FUZZ_CHECK(head.size <= size && bytes.substr(0, head.size).ends_with("\r\n\r\n"));
    const auto count = [](FieldName id) {
        return std::count_if(head.fields().begin(), head.fields().end(), [id](const auto& field) { return field.id == id; });
    };
    const auto lengths = count(FieldName::content_length), codings = count(FieldName::transfer_encoding);
    MT_FUZZ_CHECK(lengths + codings <= 1);
    MT_FUZZ_CHECK((head.framing == http::Framing::length) == (lengths == 1));
    MT_FUZZ_CHECK((head.framing == http::Framing::chunked) == (codings == 1));
    MT_FUZZ_CHECK(count(FieldName::host) <= 1 && (head.version_minor == 0 || count(FieldName::host) == 1));
    MT_FUZZ_CHECK(head.framing != http::Framing::chunked || head.version_minor == 1);
    for (const auto& field : head.fields())
        MT_FUZZ_CHECK(!field.name.empty() && field.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
    for (std::size_t length = 0; length < head.size; length += 1 + length / 8)
        MT_FUZZ_CHECK(http::scan_request(bytes.substr(0, length), again).state == State::incomplete);

    const auto way = gateway::route(head.target);
    if (way.kind != gateway::Route::Kind::tenant) return 0;
    std::string out;
    gateway::rewrite_request(head, {way.rest, way.authority, way.id, "10.0.0.1", "id"}, out);
    MT_FUZZ_CHECK(http::scan_request(out, again, {1u << 20, 1u << 20}).state != State::invalid || head.field_count > http::k_fields_max - 8);
    MT_FUZZ_CHECK(again.framing == head.framing || head.field_count > http::k_fields_max - 8);
    return 0;
}
