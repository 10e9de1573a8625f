#include "tenant-app/rest/request.hpp"

#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

Verb verb_of(std::string_view method) {
    switch (method.size()) {
        case 3: return method == "GET" ? Verb::get : method == "PUT" ? Verb::put : Verb::other;
        case 4: return method == "POST" ? Verb::post : method == "HEAD" ? Verb::head : Verb::other;
        case 5: return method == "PATCH" ? Verb::patch : Verb::other;
        case 6: return method == "DELETE" ? Verb::del : Verb::other;
        case 7: return method == "OPTIONS" ? Verb::options : Verb::other;
        default: return Verb::other;
    }
}

/// A prefix goes into Location and basePath: only what cannot lead to another host or break out of a header is believed.
bool is_plain_prefix(std::string_view prefix) {
    if (prefix.size() < 2 || prefix.size() > 200 || prefix[0] != '/' || prefix[1] == '/') return false;
    for (const char c : prefix) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-' ||
                           c == '_' || c == '.' || c == '~' || c == '%';
        if (!plain) return false;
    }
    return true;
}

void read_other(Request& request, const http::Field& field) {
    switch (field.name.size()) {
        case 13:
            if (same_letters(field.name, "cache-control")) request.cache_control = field.value;
            break;
        case 5:
            if (same_letters(field.name, "range")) request.range = field.value;
            break;
        case 8:
            if (same_letters(field.name, "if-range")) request.if_range = field.value;
            break;
        case 14:
            if (same_letters(field.name, "x-access-token")) request.access_token = field.value, request.has_access_token = true;
            break;
        case 15:
            if (same_letters(field.name, "accept-encoding")) request.accept_encoding = field.value;
            break;
        case 17:
            if (same_letters(field.name, "if-modified-since")) request.if_modified_since = field.value;
            break;
        case 16:
            if (same_letters(field.name, "content-encoding")) request.content_encoding = field.value;
            break;
        case 30:
            if (same_letters(field.name, "access-control-request-headers")) request.asked_headers = field.value;
            break;
        default: break;
    }
}

}  // namespace

Request read_request(const http::Head& head) {
    Request request;
    request.method = head.method;
    request.verb = verb_of(head.method);
    request.target = head.target;
    // The absolute form (RFC 9112 section 3.2.2) names the path after the authority.
    if (!request.target.empty() && request.target[0] != '/')
        if (const auto scheme = request.target.find("://"); scheme != std::string_view::npos) {
            const auto slash = request.target.find('/', scheme + 3);
            request.target = slash == std::string_view::npos ? std::string_view{"/"} : request.target.substr(slash);
        }
    const auto mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = request.target.substr(mark + 1);
    request.has_body = head.framing != http::Framing::none;

    for (const auto& field : head.fields()) {
        // A switch over every name would hide the five that count.
        if (field.id == http::FieldName::other) read_other(request, field);
        else if (field.id == http::FieldName::authorization) request.authorization = field.value, request.has_authorization = true;
        else if (field.id == http::FieldName::accept) request.accept = field.value;
        else if (field.id == http::FieldName::content_type) request.content_type = field.value;
        else if (field.id == http::FieldName::if_none_match) request.if_none_match = field.value;
        else if (field.id == http::FieldName::origin) request.origin = field.value;
        else if (field.id == http::FieldName::x_forwarded_prefix && is_plain_prefix(field.value)) {
            request.forwarded_prefix = field.value;
            while (request.forwarded_prefix.ends_with('/')) request.forwarded_prefix.remove_suffix(1);
        }
    }
    return request;
}

}  // namespace mt::app::rest
