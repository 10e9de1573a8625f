#include "base/http/head.hpp"

#include <algorithm>
#include <cstring>

#include "base/http/field_name.hpp"
#include "base/http/syntax.hpp"

// One pass, byte classes from a table, no allocation. Nothing is repaired: whatever two readers could read in two ways
// (a bare LF, a folded line, a second Content-Length, a coding we do not know) is refused, because the worker behind us is one
// of those readers. Rejected: wrapping Beast's parser, which accepts several of those forms (GATEWAY.md section 2).

namespace mt::http {

namespace {

using State = ScanResult::State;

constexpr ScanResult k_complete{State::complete, 0, ""};
constexpr ScanResult k_incomplete{State::incomplete, 0, ""};
constexpr ScanResult refuse(unsigned status, const char* why) { return {State::invalid, status, why}; }

struct Cursor {
    const char* at;
    const char* end;
    bool empty() const { return at == end; }
    std::string_view take_while(CharClass wanted) {
        const char* const from = at;
        while (at != end && is(*at, wanted)) ++at;
        return {from, static_cast<std::size_t>(at - from)};
    }
};

/// What the fields say about framing and the connection, gathered while they pass.
struct Facts {
    unsigned hosts = 0, content_lengths = 0, transfer_encodings = 0;
    bool close = false, keep_alive = false, upgrade = false, websocket = false, other_upgrade = false;
    bool chunked_last = false, other_coding = false, chunked_early = false;
    bool bad_content_length = false, bad_host = false, bad_expect = false;
};

bool is_hex(char c) { return is(c, k_hex); }

/// 1*DIGIT that fits 63 bits, so that sums of lengths cannot wrap either.
bool read_length(std::string_view text, std::uint64_t& length) {
    if (text.empty() || text.size() > 18) return false;
    std::uint64_t sum = 0;
    for (const char c : text) {
        if (!is(c, k_digit)) return false;
        sum = sum * 10 + static_cast<unsigned>(c - '0');
    }
    length = sum;
    return true;
}

void note(const Field& field, Head& head, Facts& facts) {
    switch (field.id) {
        case FieldName::host:
            ++facts.hosts;
            facts.bad_host |= !is_authority(field.value);
            break;
        case FieldName::content_length:
            ++facts.content_lengths;
            facts.bad_content_length |= !read_length(field.value, head.content_length);
            break;
        case FieldName::transfer_encoding:
            ++facts.transfer_encodings;
            for_each_element(field.value, [&](std::string_view coding) {
                facts.chunked_early |= facts.chunked_last;
                facts.chunked_last = same_token(coding, "chunked");
                facts.other_coding |= !facts.chunked_last;
            });
            break;
        case FieldName::connection:
            for_each_element(field.value, [&](std::string_view option) {
                if (same_token(option, "close")) facts.close = true;
                else if (same_token(option, "keep-alive")) facts.keep_alive = true;
                else if (same_token(option, "upgrade")) facts.upgrade = true;
            });
            break;
        case FieldName::upgrade:
            for_each_element(field.value, [&](std::string_view protocol) {
                if (same_token(protocol, "websocket")) facts.websocket = true;
                else facts.other_upgrade = true;
            });
            break;
        case FieldName::expect:
            if (same_token(field.value, "100-continue")) head.expect_continue = true;
            else facts.bad_expect = true;
            break;
        case FieldName::other: case FieldName::accept: case FieldName::authorization: case FieldName::content_location:
        case FieldName::content_type: case FieldName::cookie: case FieldName::forwarded: case FieldName::if_none_match:
        case FieldName::keep_alive: case FieldName::link: case FieldName::location: case FieldName::max_forwards:
        case FieldName::origin: case FieldName::proxy: case FieldName::proxy_connection: case FieldName::set_cookie:
        case FieldName::te: case FieldName::traceparent: case FieldName::tracestate: case FieldName::trailer:
        case FieldName::user_agent: case FieldName::via:
        case FieldName::x_forwarded_for: case FieldName::x_forwarded_host: case FieldName::x_forwarded_prefix:
        case FieldName::x_forwarded_proto: case FieldName::x_real_ip: case FieldName::x_request_id:
        case FieldName::x_client_cert: case FieldName::x_tenant: case FieldName::underscored: break;
    }
}

/// Moves to the first byte that cannot be in a value. Eight bytes at a time while none of them is a control byte: values are
/// most of a head. A tab only ends the fast loop.
const char* skip_value(const char* at, const char* end) {
    constexpr std::uint64_t k_ones = 0x0101010101010101u, k_highs = 0x8080808080808080u;
    for (;;) {
        while (end - at >= 8) {
            std::uint64_t word;
            std::memcpy(&word, at, 8);
            const std::uint64_t below_space = (word - k_ones * 0x20) & ~word & k_highs;
            const std::uint64_t no_del = word ^ (k_ones * 0x7f);
            const std::uint64_t del = (no_del - k_ones) & ~no_del & k_highs;
            if (below_space | del) break;
            at += 8;
        }
        const char* const stop = end - at >= 8 ? at + 8 : end;
        while (at != stop && is(*at, k_value)) ++at;
        if (at != stop || at == end) return at;
    }
}

/// The end of a line at `in`: CRLF and nothing else.
ScanResult read_line_end(Cursor& in, const char* why) {
    if (in.empty()) return k_incomplete;
    if (*in.at != '\r') return refuse(400, *in.at == '\n' ? "a line ends in a bare LF" : why);
    if (in.end - in.at < 2) return k_incomplete;
    if (in.at[1] != '\n') return refuse(400, "a CR without LF");
    in.at += 2;
    return k_complete;
}

ScanResult read_field(Cursor& in, Field& field) {
    const char* const from = in.at;
    std::uint8_t seen = 0;
    while (!in.empty()) {
        const auto bits = class_of(*in.at);
        if (!(bits & k_token)) break;
        seen |= bits;
        ++in.at;
    }
    if (in.empty()) return k_incomplete;
    field.name = {from, static_cast<std::size_t>(in.at - from)};
    if (*in.at != ':') {
        if (*in.at == ' ' || *in.at == '\t')
            return refuse(400, field.name.empty() ? "a line begins with white space" : "white space before a colon");
        return refuse(400, *in.at == '\n' ? "a line ends in a bare LF" : "an invalid field name");
    }
    if (field.name.empty()) return refuse(400, "a field without a name");
    ++in.at;

    while (!in.empty() && (*in.at == ' ' || *in.at == '\t')) ++in.at;
    const char* const value = in.at;
    in.at = skip_value(in.at, in.end);
    const char* last = in.at;
    while (last != value && (last[-1] == ' ' || last[-1] == '\t')) --last;
    field.value = {value, static_cast<std::size_t>(last - value)};
    if (const auto end = read_line_end(in, "a control byte in a field value"); end.state != State::complete) return end;
    field.id = seen & k_underscore ? FieldName::underscored : identify(field.name);
    return k_complete;
}

ScanResult read_fields(Cursor& in, Head& head, Facts& facts, const ScanLimits& limits) {
    for (;;) {
        if (in.empty()) return k_incomplete;
        if (*in.at == '\r') return read_line_end(in, "");
        if (head.field_count == std::min(limits.fields, k_fields_max)) return refuse(431, "too many fields");
        Field& field = head.field_store[head.field_count];
        if (const auto read = read_field(in, field); read.state != State::complete) return read;
        ++head.field_count;
        if (field.id != FieldName::other) note(field, head, facts);
    }
}

void reset(Head& head) {
    head.method = head.target = head.reason = {};
    head.status = 0;
    head.version_minor = 1;
    head.framing = Framing::none;
    head.content_length = 0;
    head.keep_alive = true;
    head.expect_continue = head.upgrade_websocket = false;
    head.size = 0;
    head.field_count = 0;
}

/// "HTTP/1.0" or "HTTP/1.1".
ScanResult read_version(std::string_view text, Head& head) {
    if (text == "HTTP/1.1") return k_complete;
    if (text == "HTTP/1.0") {
        head.version_minor = 0;
        return k_complete;
    }
    const bool well_formed = text.size() == 8 && text.starts_with("HTTP/") && is(text[5], k_digit) && text[6] == '.' && is(text[7], k_digit);
    return well_formed ? refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here") : refuse(400, "an invalid HTTP version");
}

ScanResult check_target(std::string_view method, std::string_view target) {
    // CONNECT asks for a tunnel to anywhere; there is no resource that a 405 could speak of.
    if (method == "CONNECT") return refuse(501, "CONNECT is not offered");
    if (target[0] == '/') return k_complete;
    if (target == "*") return method == "OPTIONS" ? k_complete : refuse(400, "the target * is for OPTIONS only");
    std::size_t authority = 0;
    if (target.size() > 7 && same_token(target.substr(0, 4), "http") && target.substr(4, 3) == "://") authority = 7;
    if (target.size() > 8 && same_token(target.substr(0, 5), "https") && target.substr(5, 3) == "://") authority = 8;
    if (authority == 0) return refuse(400, "an invalid request target");
    const auto rest = target.substr(authority);
    if (!is_authority(rest.substr(0, rest.find_first_of("/?")))) return refuse(400, "an invalid authority in the request target");
    return k_complete;
}

ScanResult read_request_line(Cursor& in, Head& head) {
    head.method = in.take_while(k_token);
    if (in.empty()) return k_incomplete;
    if (head.method.empty() || *in.at != ' ') return refuse(400, "an invalid method");
    ++in.at;
    head.target = in.take_while(k_target);
    if (in.empty()) return k_incomplete;
    if (head.target.empty() || *in.at != ' ') return refuse(400, "an invalid request target");
    ++in.at;
    const char* const version = in.at;
    while (!in.empty() && *in.at > ' ' && in.at - version < 9) ++in.at;
    if (in.empty()) return k_incomplete;
    if (const auto read = read_version({version, static_cast<std::size_t>(in.at - version)}, head); read.state != State::complete) return read;
    if (const auto end = read_line_end(in, "bytes after the HTTP version"); end.state != State::complete) return end;
    return check_target(head.method, head.target);
}

ScanResult read_status_line(Cursor& in, Head& head) {
    constexpr std::size_t k_least = sizeof("HTTP/1.1 200") - 1;
    const auto left = static_cast<std::size_t>(in.end - in.at);
    if (left < k_least) {
        const bool hopeful = std::string_view{in.at, left}.substr(0, 7) == std::string_view{"HTTP/1."}.substr(0, left);
        return hopeful ? k_incomplete : refuse(502, "not an HTTP/1 answer");
    }
    if (const auto read = read_version({in.at, 8}, head); read.state != State::complete) return read;
    const char* const code = in.at + 9;
    if (in.at[8] != ' ' || code[0] < '1' || code[0] > '5' || !is(code[1], k_digit) || !is(code[2], k_digit))
        return refuse(502, "an invalid status code");
    head.status = static_cast<unsigned>((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
    in.at += k_least;
    if (in.empty()) return k_incomplete;
    // The space is required even before an empty reason; servers that leave it out are common and nobody misreads them.
    if (*in.at == ' ') ++in.at;
    else if (*in.at != '\r') return refuse(502, "an invalid status line");
    const char* const reason = in.at;
    in.at = skip_value(in.at, in.end);
    head.reason = {reason, static_cast<std::size_t>(in.at - reason)};
    return read_line_end(in, "a control byte in the reason");
}

void settle_connection(Head& head, const Facts& facts) {
    head.keep_alive = !facts.close && (head.version_minor == 1 || facts.keep_alive);
    head.upgrade_websocket = facts.upgrade && facts.websocket && !facts.other_upgrade && head.version_minor == 1;
}

ScanResult settle_request(Head& head, const Facts& facts) {
    settle_connection(head, facts);
    if (facts.hosts > 1) return refuse(400, "more than one Host");
    if (facts.hosts == 0 && head.version_minor == 1) return refuse(400, "no Host");
    if (facts.bad_host) return refuse(400, "an invalid Host");
    if (facts.content_lengths > 1) return refuse(400, "more than one Content-Length");
    if (facts.bad_content_length) return refuse(400, "an invalid Content-Length");
    if (facts.transfer_encodings > 0) {
        if (facts.content_lengths > 0) return refuse(400, "Content-Length beside Transfer-Encoding");
        if (head.version_minor == 0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
        if (facts.transfer_encodings > 1) return refuse(400, "more than one Transfer-Encoding");
        if (!facts.chunked_last || facts.chunked_early) return refuse(400, "the last transfer coding must be chunked, once");
        if (facts.other_coding) return refuse(501, "an unknown transfer coding");
        head.framing = Framing::chunked;
    } else if (facts.content_lengths == 1) {
        head.framing = Framing::length;
    }
    if (head.version_minor == 0) head.expect_continue = false;
    else if (facts.bad_expect) return refuse(417, "only 100-continue can be expected");
    if (head.method != "GET" || head.framing != Framing::none) head.upgrade_websocket = false;
    return k_complete;
}

ScanResult settle_response(Head& head, const Facts& facts, bool to_head) {
    settle_connection(head, facts);
    if (facts.content_lengths > 1) return refuse(502, "more than one Content-Length");
    if (facts.bad_content_length) return refuse(502, "an invalid Content-Length");
    if (facts.transfer_encodings > 0) {
        if (facts.content_lengths > 0) return refuse(502, "Content-Length beside Transfer-Encoding");
        if (head.version_minor == 0) return refuse(502, "Transfer-Encoding in HTTP/1.0");
        if (facts.transfer_encodings > 1 || !facts.chunked_last || facts.chunked_early || facts.other_coding)
            return refuse(502, "a transfer coding other than chunked");
    }
    const bool no_body = to_head || head.status < 200 || head.status == 204 || head.status == 304;
    if (no_body) {
        head.framing = Framing::none;
        // Whether a body follows after all is in doubt: this connection carries no second answer.
        if ((head.status < 200 || head.status == 204) && (facts.transfer_encodings > 0 || head.content_length > 0)) head.keep_alive = false;
    } else if (facts.transfer_encodings > 0) {
        head.framing = Framing::chunked;
    } else if (facts.content_lengths == 1) {
        head.framing = Framing::length;
    } else {
        head.framing = Framing::until_close;
        head.keep_alive = false;
    }
    return k_complete;
}

ScanResult as_answer(ScanResult result) {
    if (result.state == State::invalid) result.status = 502;
    return result;
}

}  // namespace

// Narrower than RFC 3986, so that nobody behind us reads a list or a quoted string.
bool is_authority(std::string_view text) {
    std::size_t i = 0;
    if (!text.empty() && text[0] == '[') {
        const auto close = text.find(']');
        if (close == std::string_view::npos || close < 3) return false;
        for (i = 1; i < close; ++i)
            if (!is_hex(text[i]) && text[i] != ':' && text[i] != '.') return false;
        i = close + 1;
    } else {
        while (i < text.size() && text[i] != ':') {
            if (text[i] == '%') {
                if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
                i += 3;
            } else if (is(text[i], k_host)) {
                ++i;
            } else {
                return false;
            }
        }
        if (i == 0 || i > 255) return false;
    }
    if (i == text.size()) return true;
    if (text[i] != ':' || text.size() - i > 6) return false;
    unsigned port = 0;
    for (++i; i < text.size(); ++i) {
        if (!is(text[i], k_digit)) return false;
        port = port * 10 + static_cast<unsigned>(text[i] - '0');
    }
    return port <= 65535;
}

const Field* Head::find(FieldName id) const {
    for (const Field& field : fields())
        if (field.id == id) return &field;
    return nullptr;
}

ScanResult scan_request(std::string_view bytes, Head& head, const ScanLimits& limits) {
    reset(head);
    Cursor in{bytes.data(), bytes.data() + bytes.size()};
    // A CRLF after the body of the request before: old clients send it (RFC 9112 section 2.2).
    if (!in.empty() && *in.at == '\r')
        if (const auto end = read_line_end(in, ""); end.state != State::complete) return end;

    const char* const line = in.at;
    auto result = read_request_line(in, head);
    const auto line_bytes = static_cast<std::size_t>(in.at - line);
    constexpr std::size_t k_line_end = 2;
    if (result.state != State::invalid && line_bytes > limits.request_line_bytes + k_line_end) return refuse(414, "the request line is too long");
    if (result.state != State::complete) return result;

    Facts facts;
    result = read_fields(in, head, facts, limits);
    head.size = static_cast<std::size_t>(in.at - bytes.data());
    if (result.state == State::invalid) return result;
    if (head.size > limits.head_bytes || (result.state == State::incomplete && bytes.size() >= limits.head_bytes))
        return refuse(431, "the head is too large");
    return result.state == State::complete ? settle_request(head, facts) : result;
}

ScanResult scan_response(std::string_view bytes, Head& head, bool to_head, const ScanLimits& limits) {
    reset(head);
    Cursor in{bytes.data(), bytes.data() + bytes.size()};
    Facts facts;
    auto result = read_status_line(in, head);
    if (result.state == State::complete) result = read_fields(in, head, facts, limits);
    head.size = static_cast<std::size_t>(in.at - bytes.data());
    if (result.state == State::complete) result = settle_response(head, facts, to_head);
    if (result.state != State::invalid &&
        (head.size > limits.head_bytes || (result.state == State::incomplete && bytes.size() >= limits.head_bytes)))
        result = refuse(502, "the head is too large");
    return as_answer(result);
}

}  // namespace mt::http
