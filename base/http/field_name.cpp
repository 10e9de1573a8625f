#include "base/http/field_name.hpp"

#include "base/http/syntax.hpp"

namespace mt::http {

namespace {

constexpr std::string_view k_x_tenant = "x-tenant", k_x_client_cert = "x-client-cert";

bool begins(std::string_view name, std::string_view lower) {
    return name.size() >= lower.size() && same_token(name.substr(0, lower.size()), lower);
}

FieldName either(std::string_view name, std::string_view lower, FieldName id) {
    return same_token(name, lower) ? id : FieldName::other;
}

/// Fields of one length differ in their first letter or, where noted, in a later one.
FieldName by_length(std::string_view name) {
    const char first = static_cast<char>(name[0] | 0x20);
    switch (name.size()) {
        case 2: return either(name, "te", FieldName::te);
        case 3: return either(name, "via", FieldName::via);
        case 4:
            if (first == 'l') return either(name, "link", FieldName::link);
            return either(name, "host", FieldName::host);
        case 5: return either(name, "proxy", FieldName::proxy);
        case 6:
            if (first == 'a') return either(name, "accept", FieldName::accept);
            if (first == 'c') return either(name, "cookie", FieldName::cookie);
            if (first == 'e') return either(name, "expect", FieldName::expect);
            return either(name, "origin", FieldName::origin);
        case 7:
            if (first == 't') return either(name, "trailer", FieldName::trailer);
            return either(name, "upgrade", FieldName::upgrade);
        case 8: return either(name, "location", FieldName::location);
        case 9:
            if (first == 'f') return either(name, "forwarded", FieldName::forwarded);
            return either(name, "x-real-ip", FieldName::x_real_ip);
        case 10:
            if (first == 'c') return either(name, "connection", FieldName::connection);
            if (first == 'k') return either(name, "keep-alive", FieldName::keep_alive);
            if (first == 's') return either(name, "set-cookie", FieldName::set_cookie);
            if (first == 't') return either(name, "tracestate", FieldName::tracestate);
            return either(name, "user-agent", FieldName::user_agent);
        case 11: return either(name, "traceparent", FieldName::traceparent);
        case 12:
            if (first == 'c') return either(name, "content-type", FieldName::content_type);
            if (first == 'm') return either(name, "max-forwards", FieldName::max_forwards);
            return either(name, "x-request-id", FieldName::x_request_id);
        case 13:
            if (first == 'a') return either(name, "authorization", FieldName::authorization);
            return either(name, "if-none-match", FieldName::if_none_match);
        case 14: return either(name, "content-length", FieldName::content_length);
        case 15: return either(name, "x-forwarded-for", FieldName::x_forwarded_for);
        case 16:
            if (first == 'c') return either(name, "content-location", FieldName::content_location);
            if (first == 'p') return either(name, "proxy-connection", FieldName::proxy_connection);
            return either(name, "x-forwarded-host", FieldName::x_forwarded_host);
        case 17:
            if (first == 't') return either(name, "transfer-encoding", FieldName::transfer_encoding);
            return either(name, "x-forwarded-proto", FieldName::x_forwarded_proto);
        case 18: return either(name, "x-forwarded-prefix", FieldName::x_forwarded_prefix);
        default: return FieldName::other;
    }
}

}  // namespace

FieldName identify(std::string_view name) {
    const FieldName id = by_length(name);
    if (id != FieldName::other || name.size() < k_x_tenant.size() || name[1] != '-') return id;
    if (begins(name, k_x_tenant)) return FieldName::x_tenant;
    return begins(name, k_x_client_cert) ? FieldName::x_client_cert : id;
}

}  // namespace mt::http
