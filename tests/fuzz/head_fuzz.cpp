#include <algorithm>
#include <cstdint>
#include <string>

#include "base/http/head.hpp"
#include "gateway/proxy/headers.hpp"
#include "gateway/proxy/route.hpp"
#include "tests/fuzz/check.hpp"

// An accepted head has one framing, one Host and no byte that ends a line early, and every prefix of it is incomplete. What we write
// for it is exactly one request, with the same framing and without a hop-by-hop field of the client's or a name that only deceives.

using namespace mt;
using http::FieldName;
using State = http::ScanResult::State;

namespace {


auto count(const http::Head& head, FieldName id) {
    return std::count_if(head.fields().begin(), head.fields().end(), [id](const auto& field) { return field.id == id; });
}

void check_accepted(const http::Head& head) {
    const auto lengths = count(head, FieldName::content_length), codings = count(head, FieldName::transfer_encoding);
    MT_FUZZ_CHECK(lengths + codings <= 1);
    MT_FUZZ_CHECK((head.framing == http::Framing::length) == (lengths == 1));
    MT_FUZZ_CHECK((head.framing == http::Framing::chunked) == (codings == 1));
    MT_FUZZ_CHECK(count(head, FieldName::host) <= 1 && (head.version_minor == 0 || count(head, FieldName::host) == 1));
    MT_FUZZ_CHECK(head.framing != http::Framing::chunked || head.version_minor == 1);
    for (const auto& field : head.fields())
        MT_FUZZ_CHECK(!field.name.empty() && field.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
}

/// `written` is what a worker gets for `head`; `again` what it reads there.
void check_written(const http::Head& head, std::string_view written, http::Head& again, const gateway::Route& way, bool whole) {
    const auto read = http::scan_request(written, again, {1u << 20, 1u << 20, http::k_fields_max});  // ours come on top of the most that are taken
    MT_FUZZ_CHECK(read.state == State::complete && again.size == written.size());
    MT_FUZZ_CHECK(again.method == head.method && again.version_minor == 1);
    MT_FUZZ_CHECK(again.target.starts_with('/') && again.target.substr(1) == (whole ? way.whole : way.rest));
    MT_FUZZ_CHECK(again.framing == head.framing && again.content_length == head.content_length);
    MT_FUZZ_CHECK(again.upgrade_websocket == head.upgrade_websocket);
    MT_FUZZ_CHECK(again.keep_alive);
    MT_FUZZ_CHECK(count(again, FieldName::host) == 1 && count(again, FieldName::via) == 1 && count(again, FieldName::x_forwarded_for) == 1);
    MT_FUZZ_CHECK(count(again, FieldName::connection) == (head.upgrade_websocket ? 1 : 0));
    MT_FUZZ_CHECK(count(again, FieldName::upgrade) == (head.upgrade_websocket ? 1 : 0));
    for (const auto id : {FieldName::keep_alive, FieldName::proxy_connection, FieldName::te, FieldName::trailer, FieldName::forwarded, FieldName::proxy,
                          FieldName::x_real_ip, FieldName::x_tenant, FieldName::underscored})
        MT_FUZZ_CHECK(count(again, id) == 0);
    MT_FUZZ_CHECK(count(again, FieldName::x_forwarded_proto) == 1 && count(again, FieldName::x_forwarded_host) == 1);
    MT_FUZZ_CHECK(count(again, FieldName::x_forwarded_prefix) == (whole ? 0 : 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static http::Head head, again;
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto scan = http::scan_request(bytes, head);
    MT_FUZZ_CHECK(scan.state != State::invalid || (scan.status >= 400 && scan.why[0] != '\0'));
    if (scan.state != State::complete) return 0;

    MT_FUZZ_CHECK(head.size <= size && bytes.substr(0, head.size).ends_with("\r\n\r\n"));
    check_accepted(head);
    for (std::size_t length = 0; length < head.size; length += 1 + length / 8)
        MT_FUZZ_CHECK(http::scan_request(bytes.substr(0, length), again).state == State::incomplete);

    const auto way = gateway::route(head.target);
    if (way.kind != gateway::Route::Kind::tenant) return 0;
    std::string out;
    gateway::rewrite_request(head, {way.rest, way.authority, way.id, "10.0.0.1", "id"}, out);
    check_written(head, out, again, way, false);
    gateway::rewrite_request(head, {way.whole, way.authority, {}, "10.0.0.1", "id"}, out);
    check_written(head, out, again, way, true);

    // A trusted proxy's word is used only where it is well-formed: whatever it says, one request comes of it.
    gateway::rewrite_request(head, {way.rest, way.authority, way.id, "10.0.0.1", "id", {}, false, false, {}, gateway::front_says(head)}, out);
    check_written(head, out, again, way, false);
    return 0;
}
