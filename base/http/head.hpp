#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mt::http {

/// The fields that framing, routing or rewriting looks at; every other one is `other`. Found by length and letters once, while
/// scanning, so that nobody compares names afterwards.
enum class FieldName : std::uint8_t {
    other, accept, authorization, connection, content_length, content_location, content_type, cookie, expect, forwarded, host,
    if_none_match, keep_alive, link, location, max_forwards, origin, proxy, proxy_connection, set_cookie, te,
    trailer, traceparent, tracestate, transfer_encoding, upgrade, user_agent, via,
    x_forwarded_for, x_forwarded_host, x_forwarded_prefix, x_forwarded_proto, x_real_ip, x_request_id,
    x_client_cert,  ///< X-Client-Cert and whatever begins with it
    x_tenant,     ///< X-Tenant and whatever begins with it
    underscored,  ///< a name with `_`, which some servers read as `-`
};

struct Field {
    std::string_view name;   ///< as sent
    std::string_view value;  ///< without the white space around it
    FieldName id = FieldName::other;
};

enum class Framing : std::uint8_t { none, length, chunked, until_close };

inline constexpr std::size_t k_fields_max = 200;  ///< what a Head holds; ScanLimits may allow fewer

/// A scanned head. Views point into the scanned bytes. Big (8 KiB): one per thread, reused, never in a coroutine frame.
struct Head {
    // Request
    std::string_view method, target;
    // Answer
    unsigned status = 0;
    std::string_view reason;
    // Both
    unsigned version_minor = 1;       ///< HTTP/1.x
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
    bool keep_alive = true;           ///< by version and Connection (RFC 9112 section 9.3)
    bool expect_continue = false;
    bool upgrade_websocket = false;   ///< Connection: upgrade and Upgrade: websocket
    std::size_t size = 0;             ///< bytes, the empty line included

    std::span<const Field> fields() const { return {field_store.data(), field_count}; }
    /// The first field of that name, or null.
    const Field* find(FieldName id) const;

    std::array<Field, k_fields_max> field_store;
    std::size_t field_count = 0;
};

/// uri-host [":" port] as Host takes it, without sub-delims.
bool is_authority(std::string_view text);

/// What a scan came to. `status` is the answer an invalid request earns (400, 413, 414, 431, 501, 505); `why` a short English
/// reason for logs and problem details, a literal.
struct ScanResult {
    enum class State : std::uint8_t { complete, incomplete, invalid } state = State::incomplete;
    unsigned status = 0;
    const char* why = "";
};

struct ScanLimits {
    std::size_t head_bytes = 16u << 10;
    std::size_t request_line_bytes = 8u << 10;  ///< without its CRLF
    std::size_t fields = 100;  ///< at most k_fields_max
};

/// Reads a request head (RFC 9112 sections 2 to 7, RFC 9110 section 5) as strictly as docs/GATEWAY.md section 2 demands, in one
/// pass. `bytes` starts at the request line; one empty line before it is skipped. Pure.
ScanResult scan_request(std::string_view bytes, Head& head, const ScanLimits& limits = {});

/// Reads an answer's head. `to_head` tells that it answers HEAD (no body whatever the fields say). Any violation is `invalid`.
ScanResult scan_response(std::string_view bytes, Head& head, bool to_head, const ScanLimits& limits = {});

}  // namespace mt::http
