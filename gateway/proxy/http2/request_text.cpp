#include "gateway/proxy/http2/request_text.hpp"

#include <algorithm>

#include "base/http/syntax.hpp"

namespace mt::gateway {

namespace {

using http::is;

bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return is(c, http::k_token) && !(c >= 'A' && c <= 'Z'); });
}

bool is_value(std::string_view value) {
    return std::all_of(value.begin(), value.end(), [](char c) { return is(c, http::k_value); });
}

/// Of a connection, hence of HTTP/1.1 only (RFC 9113 section 8.2.2).
bool is_of_connection(std::string_view name) {
    return name == "connection" || name == "keep-alive" || name == "proxy-connection" || name == "transfer-encoding" || name == "upgrade";
}

}  // namespace

bool RequestText::add(std::string_view name, std::string_view value) {
    bytes_ += name.size() + value.size() + 32;
    if (too_large()) return true;
    if (name.starts_with(':')) return add_pseudo(name, value);
    if (!is_name(name) || !is_value(value) || is_of_connection(name)) return false;
    if (name == "te") return value == "trailers";  // nothing that the worker is told
    if (name == "host") {
        if (!host_.empty()) return false;
        host_ = value;
        return !host_.empty();
    }
    if (name == "cookie") {
        // Crumbs for the sake of compression are one field again (RFC 9113 section 8.2.3).
        cookies_.append(cookies_.empty() ? "" : "; ").append(value);
        return true;
    }
    if (name == "content-length") {
        if (has_length_) return false;
        has_length_ = true;
    }
    fields_.append(name).append(": ").append(value).append("\r\n");
    return true;
}

bool RequestText::add_pseudo(std::string_view name, std::string_view value) {
    if (name == ":scheme") return value == "https" || value == "http";
    auto& target = name == ":method" ? method_ : name == ":path" ? path_ : authority_;
    if (name != ":method" && name != ":path" && name != ":authority") return false;
    const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
    if (value.empty() || !plain || !target.empty()) return false;
    target = value;
    return true;
}

std::string RequestText::finish(bool has_body) {
    const auto& target = path_.empty() ? authority_ : path_;  // CONNECT has no path
    if (method_.empty() || target.empty()) return {};
    if (!authority_.empty() && !host_.empty() && authority_ != host_) return {};
    std::string text;
    text.append(method_).append(" ").append(target).append(" HTTP/1.1\r\n");
    const auto& host = authority_.empty() ? host_ : authority_;
    if (!host.empty()) text.append("host: ").append(host).append("\r\n");
    text.append(fields_);
    if (!cookies_.empty()) text.append("cookie: ").append(cookies_).append("\r\n");
    if (has_body && !has_length_) text.append("transfer-encoding: chunked\r\n");
    return text.append("\r\n");
}

}  // namespace mt::gateway
