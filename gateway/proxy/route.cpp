#include "gateway/proxy/route.hpp"

#include "base/http/syntax.hpp"
#include "base/tenant_id.hpp"

namespace mt::gateway {

namespace {

/// The byte at `i`, decoded once if it is escaped; `length` is what it takes in the text.
unsigned char byte_at(std::string_view text, std::size_t i, std::size_t& length) {
    length = 1;
    if (text[i] != '%' || i + 2 >= text.size()) return static_cast<unsigned char>(text[i]);
    const int high = http::hex_digit(text[i + 1]), low = http::hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return static_cast<unsigned char>(text[i]);
    length = 3;
    return static_cast<unsigned char>(high * 16 + low);
}

/// A segment that is `.` or `..` for some reader: decoded, cut at `;` or a control byte, parted by either slash.
bool has_dot_segment(std::string_view path) {
    std::size_t dots = 0;
    bool other = false, cut = false;
    for (std::size_t i = 0, length = 1; i < path.size(); i += length) {
        const auto c = byte_at(path, i, length);
        if (c == '/' || c == '\\') {
            if (!other && (dots == 1 || dots == 2)) return true;
            dots = 0;
            other = cut = false;
        } else if (c == ';' || c < 0x20 || c == 0x7f) {
            cut = true;
        } else if (!cut) {
            if (c == '.') ++dots;
            else other = true;
        }
    }
    return !other && (dots == 1 || dots == 2);
}

/// Bytes that some reader takes for a slash or for the end, where the tenant's name stands.
bool has_disguised_slash(std::string_view text) {
    for (std::size_t i = 0, length = 1; i < text.size(); i += length) {
        const auto c = byte_at(text, i, length);
        if (c == '\\' || c == 0 || (c == '/' && length == 3)) return true;
    }
    return false;
}

}  // namespace

Route route(std::string_view target) {
    using Kind = Route::Kind;
    Route found;
    if (target == "*") {
        found.kind = Kind::server;
        return found;
    }
    if (target.empty() || target[0] != '/') {
        const auto scheme = target.find("://");
        if (scheme == std::string_view::npos) {
            found.why = "an invalid request target";
            return found;
        }
        target.remove_prefix(scheme + 3);
        const auto end = target.find_first_of("/?");
        found.authority = target.substr(0, end);
        target = end == std::string_view::npos ? std::string_view{} : target.substr(end);
    }
    found.whole = target.starts_with('/') ? target.substr(1) : target;
    const auto path = target.substr(0, target.find('?'));
    if (path.empty() || path == "/") {
        found.kind = Kind::welcome;
        return found;
    }
    bool suspicious = false;
    for (const char c : path) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) {
            found.why = "a control byte in the path";
            return found;
        }
        suspicious |= c == '.' || c == '%' || c == '\\';
    }
    if (suspicious) {
        if (has_dot_segment(path)) {
            found.why = "a dot segment in the path";
            return found;
        }
        // The first segment, and the first byte behind the slash that ends it.
        const auto slash = path.find('/', 1);
        const auto behind = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
        if (has_disguised_slash(path.substr(1, slash == std::string_view::npos ? slash : slash - 1)) ||
            has_disguised_slash(behind.substr(0, behind.starts_with('%') ? 3 : 1))) {
            found.why = "a disguised slash in the path";
            return found;
        }
    }
    const auto end = path.find('/', 1);
    found.id = path.substr(1, end == std::string_view::npos ? end : end - 1);
    if (found.id == "-" && end != std::string_view::npos) {
        found.kind = Kind::system;
        found.rest = target.substr(end + 1);
        return found;
    }
    found.kind = TenantId::is_valid(found.id) ? Kind::tenant : Kind::unknown;
    found.rest = target.substr(1 + found.id.size());
    if (found.rest.starts_with('/')) found.rest.remove_prefix(1);
    return found;
}

}  // namespace mt::gateway
