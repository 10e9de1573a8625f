#include "gateway/proxy/headers.hpp"

#include <charconv>

#include "base/http/syntax.hpp"

namespace mt::gateway {

namespace {

using http::Field;
using http::FieldName;
using http::Framing;
using http::Head;

/// The version is that of the message that came (RFC 9110 section 7.6.3).
std::string_view via_of(const Head& head) { return head.version_minor == 0 ? "1.0 mtg" : "1.1 mtg"; }

void put(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void put_number(std::string& out, std::string_view name, std::uint64_t number) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    put(out, name, {text, static_cast<std::size_t>(end - text)});
}

/// Appends our element to all fields of that name, joined.
void put_list(std::string& out, const Head& head, FieldName id, bool there, std::string_view name, std::string_view ours) {
    out.append(name).append(": ");
    if (there)
        for (const Field& field : head.fields())
            if (field.id == id && !field.value.empty()) out.append(field.value).append(", ");
    out.append(ours).append("\r\n");
}

bool equal_names(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const char x = static_cast<char>(a[i] | 0x20), y = static_cast<char>(b[i] | 0x20);
        if (x != y) return false;
    }
    return true;
}

/// Fields that Connection names besides the options everybody knows. Nearly always there are none.
class Listed {
public:
    explicit Listed(const Head& head) : head_(head) {
        for (const Field& field : head.fields())
            if (field.id == FieldName::connection)
                http::for_each_element(field.value, [&](std::string_view option) {
                    any_ |= !http::same_token(option, "close") && !http::same_token(option, "keep-alive") && !http::same_token(option, "upgrade");
                });
    }
    bool has(std::string_view name) const {
        if (!any_) return false;
        bool found = false;
        for (const Field& field : head_.fields())
            if (field.id == FieldName::connection)
                http::for_each_element(field.value, [&](std::string_view option) { found |= equal_names(option, name); });
        return found;
    }

private:
    const Head& head_;
    bool any_ = false;
};

/// A field with references in it, right behind the prefix.
void put_behind(std::string& out, const Field& field, const Prefix& prefix) {
    out.append(field.name).append(": ");
    if (field.id == FieldName::set_cookie) put_cookie(out, field.value, prefix);
    else if (field.id == FieldName::link) put_links(out, field.value, prefix);
    else put_reference(out, field.value, prefix);
    out.append("\r\n");
}

/// "/apps" or "/apps/v1": plain letters, no dot segments.
bool is_plain_prefix(std::string_view path) {
    constexpr std::size_t k_prefix_max = 255;
    if (path.empty() || path[0] != '/' || path.size() > k_prefix_max) return false;
    bool only_dots = true;
    for (std::size_t i = 1; i <= path.size(); ++i) {
        if (i < path.size() && path[i] != '/') {
            if (!http::is(path[i], http::k_host)) return false;
            only_dots = only_dots && path[i] == '.';
        } else {
            if (only_dots) return false;  // or empty
            only_dots = true;
        }
    }
    return true;
}

/// The only field of that name, or nothing.
std::string_view only(const Head& head, FieldName id) {
    const Field* found = nullptr;
    for (const Field& field : head.fields()) {
        if (field.id != id) continue;
        if (found) return {};
        found = &field;
    }
    return found ? found->value : std::string_view{};
}

}  // namespace

FrontSays front_says(const Head& head) {
    FrontSays front{only(head, FieldName::x_forwarded_proto), only(head, FieldName::x_forwarded_host), only(head, FieldName::x_forwarded_prefix)};
    if (front.proto != "https" && front.proto != "http") front.proto = {};
    if (!http::is_authority(front.host)) front.host = {};
    while (front.prefix.ends_with('/')) front.prefix.remove_suffix(1);
    if (!is_plain_prefix(front.prefix)) front.prefix = {};
    return front;
}

std::string_view host_of(const Head& head, std::string_view authority) {
    if (!authority.empty()) return authority;
    const Field* const host = head.find(FieldName::host);
    return host ? host->value : "localhost";  // HTTP/1.0 may come without; 1.1 to the worker must not
}

std::string_view valid_request_id(const Head& head) {
    const Field* const field = head.find(FieldName::x_request_id);
    if (!field || field->value.empty() || field->value.size() > 64) return {};
    for (const char c : field->value)
        if (!http::is(c, http::k_host) || c == '~') return {};
    return field->value;
}

MaxForwards max_forwards(const Head& head) {
    MaxForwards found;
    if (head.method != "OPTIONS") return found;
    for (const Field& field : head.fields()) {
        if (field.id != FieldName::max_forwards) continue;
        const char* const end = field.value.data() + field.value.size();
        const auto read = std::from_chars(field.value.data(), end, found.hops);
        found.valid = found.valid && !found.said && read.ec == std::errc{} && read.ptr == end;
        found.said = true;
    }
    return found;
}

void rewrite_request(const Head& head, const RequestContext& context, std::string& out) {
    out.clear();
    out.append(head.method).append(" /").append(context.rest).append(" HTTP/1.1\r\n");
    const auto host = host_of(head, context.authority);
    put(out, "Host", host);

    const Listed listed{head};
    bool via = false, forwarded_for = false;
    for (const Field& field : head.fields()) {
        switch (field.id) {
            case FieldName::other: case FieldName::accept: case FieldName::authorization: case FieldName::content_location:
            case FieldName::content_type: case FieldName::cookie: case FieldName::if_none_match: case FieldName::link:
            case FieldName::location: case FieldName::origin: case FieldName::set_cookie: case FieldName::user_agent:
                if (!listed.has(field.name)) put(out, field.name, field.value);
                break;
            case FieldName::via: via = true; break;
            case FieldName::x_forwarded_for: forwarded_for = true; break;
            case FieldName::max_forwards:
                // It speaks of OPTIONS and TRACE only; what else it comes with need not be concerned.
                if (listed.has(field.name)) break;
                if (const auto left = max_forwards(head); left.said && left.hops > 0) put_number(out, field.name, left.hops - 1);
                else put(out, field.name, field.value);
                break;
            case FieldName::traceparent:
                if (context.traceparent.empty() && !listed.has(field.name)) put(out, field.name, field.value);
                break;
            case FieldName::tracestate:
                if ((context.traceparent.empty() || context.keep_tracestate) && !listed.has(field.name)) put(out, field.name, field.value);
                break;
            // Ours to say, hop-by-hop, or only ever sent to deceive.
            case FieldName::connection: case FieldName::content_length: case FieldName::expect: case FieldName::forwarded:
            case FieldName::host: case FieldName::keep_alive: case FieldName::proxy: case FieldName::proxy_connection:
            case FieldName::te: case FieldName::trailer: case FieldName::transfer_encoding: case FieldName::upgrade:
            case FieldName::x_forwarded_host: case FieldName::x_forwarded_prefix: case FieldName::x_forwarded_proto:
            case FieldName::x_client_cert: case FieldName::x_real_ip: case FieldName::x_request_id: case FieldName::x_tenant:
            case FieldName::underscored: break;
        }
    }
    put_list(out, head, FieldName::x_forwarded_for, forwarded_for, "X-Forwarded-For", context.peer);
    const auto& front = context.front;
    put(out, "X-Forwarded-Proto", !front.proto.empty() ? front.proto : context.secure ? "https" : "http");
    out.append(context.certificate_fields);
    put(out, "X-Forwarded-Host", front.host.empty() ? host : front.host);
    if (!front.prefix.empty() || !context.tenant.empty()) {
        out.append("X-Forwarded-Prefix: ").append(front.prefix);
        if (!context.tenant.empty()) out.append("/").append(context.tenant);
        out.append("\r\n");
    }
    put(out, "X-Request-Id", context.request_id);
    if (!context.traceparent.empty()) put(out, "traceparent", context.traceparent);
    put_list(out, head, FieldName::via, via, "Via", via_of(head));

    if (head.framing == Framing::length) put_number(out, "Content-Length", head.content_length);
    if (head.framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (head.expect_continue && head.framing != Framing::none) out.append("Expect: 100-continue\r\n");
    if (head.upgrade_websocket) out.append("Connection: upgrade\r\nUpgrade: websocket\r\n");
    out.append("\r\n");
}

void rewrite_answer(const Head& head, const AnswerFraming& framing, bool tunnel, const Prefix& prefix, std::string& out) {
    out.clear();
    char status[3] = {static_cast<char>('0' + head.status / 100), static_cast<char>('0' + head.status / 10 % 10),
                      static_cast<char>('0' + head.status % 10)};
    out.append("HTTP/1.1 ").append(status, 3).append(" ").append(head.reason).append("\r\n");

    const Listed listed{head};
    bool via = false;
    // A length that describes a body which is not sent (HEAD, 304) is kept; 1xx and 204 have none.
    const bool keep_length = framing.framing == Framing::none && head.status >= 200 && head.status != 204 && framing.coding.encoding.empty();
    const bool coded = framing.coding.vary || framing.coding.weak_tag;
    bool vary_said = false;
    for (const Field& field : head.fields()) {
        switch (field.id) {
            case FieldName::connection: case FieldName::keep_alive: case FieldName::proxy_connection: case FieldName::te:
            case FieldName::trailer: case FieldName::transfer_encoding: case FieldName::upgrade: break;
            case FieldName::content_length:
                if (keep_length) put(out, field.name, field.value);
                break;
            case FieldName::via: via = true; break;
            case FieldName::content_location: case FieldName::link: case FieldName::location: case FieldName::set_cookie:
                if (listed.has(field.name)) break;
                if (prefix.none()) put(out, field.name, field.value);
                else put_behind(out, field, prefix);
                break;
            case FieldName::other: case FieldName::accept: case FieldName::authorization: case FieldName::content_type:
            case FieldName::cookie: case FieldName::expect: case FieldName::forwarded: case FieldName::host:
            case FieldName::if_none_match: case FieldName::max_forwards: case FieldName::origin: case FieldName::proxy:
            case FieldName::traceparent: case FieldName::tracestate: case FieldName::user_agent: case FieldName::x_forwarded_for: case FieldName::x_forwarded_host:
            case FieldName::x_forwarded_prefix: case FieldName::x_forwarded_proto: case FieldName::x_real_ip:
            case FieldName::x_request_id: case FieldName::x_client_cert: case FieldName::x_tenant: case FieldName::underscored:
                if (listed.has(field.name) || (coded && put_coded_field(field, framing.coding, vary_said, out))) break;
                put(out, field.name, field.value);
                break;
        }
    }
    if (coded) put_coding(framing.coding, vary_said, out);
    put_list(out, head, FieldName::via, via, "Via", via_of(head));
    if (framing.framing == Framing::length) put_number(out, "Content-Length", head.content_length);
    if (framing.framing == Framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (tunnel) out.append("Connection: upgrade\r\nUpgrade: websocket\r\n");
    else if (framing.close) out.append("Connection: close\r\n");
    else if (framing.say_keep_alive) out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
}

}  // namespace mt::gateway
