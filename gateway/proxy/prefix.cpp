#include "gateway/proxy/prefix.hpp"

#include <utility>

#include "base/http/syntax.hpp"

namespace mt::gateway {

namespace {

bool same_letters(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/// `path` is `base` or below it.
bool is_below(std::string_view path, std::string_view base) {
    return path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/' || path[base.size()] == '?' || path[base.size()] == '#');
}

void put_base(std::string& out, const Prefix& prefix) {
    out.append(prefix.outer);
    if (!prefix.tenant.empty()) out.append("/").append(prefix.tenant);
}

/// A path below a folder that is `level` deep, and what follows it. To the worker `..` ends at its root; to the client it would climb
/// out of the tenant: what climbs too far is left out.
void put_below(std::string& out, std::string_view reference, unsigned level) {
    const auto end = reference.find_first_of("?#");
    auto path = reference.substr(0, end);
    bool clipped = false;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto piece = path.substr(0, slash == std::string_view::npos ? slash : slash + 1);
        const auto segment = path.substr(0, slash);
        path.remove_prefix(piece.size());
        if (segment == ".." && level == 0) {
            if (!std::exchange(clipped, true)) out.append("./");  // else the rest could begin like a host or a scheme
            continue;
        }
        if (segment == "..") --level;
        else if (segment != ".") ++level;
        out.append(piece);
    }
    if (end != std::string_view::npos) out.append(reference.substr(end));
}

/// A path that begins with `/`, and what follows it.
void put_path(std::string& out, std::string_view path, const Prefix& prefix) {
    std::string base, inner;
    put_base(base, prefix);
    if (!prefix.tenant.empty()) inner.append("/").append(prefix.tenant);
    if (is_below(path, base)) path.remove_prefix(base.size());
    else if (!inner.empty() && is_below(path, inner)) path.remove_prefix(inner.size());
    out.append(base);
    if (!path.starts_with('/')) {
        out.append(path);
        return;
    }
    out.append("/");
    put_below(out, path.substr(1), 0);
}

void put_relative(std::string& out, std::string_view reference, const Prefix& prefix) {
    if (!prefix.bare) return put_below(out, reference, prefix.depth);
    put_base(out, prefix);
    out.append("/");
    put_below(out, reference, 0);
}

}  // namespace

void put_reference(std::string& out, std::string_view reference, const Prefix& prefix) {
    const auto colon = reference.find_first_of(":/?#");
    const bool has_scheme = colon != std::string_view::npos && colon > 0 && reference[colon] == ':';
    const auto scheme = has_scheme ? reference.substr(0, colon) : std::string_view{};
    auto rest = has_scheme ? reference.substr(colon + 1) : reference;
    if (rest.starts_with("//")) {
        const auto end = rest.find_first_of("/?#", 2);
        const auto authority = rest.substr(2, end == std::string_view::npos ? end : end - 2);
        const bool web = !has_scheme || same_letters(scheme, "http") || same_letters(scheme, "https");
        if (!web || !(same_letters(authority, prefix.host) || same_letters(authority, prefix.forwarded_host))) {
            out.append(reference);
            return;
        }
        out.append(reference.substr(0, reference.size() - rest.size() + 2 + authority.size()));
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
        if (rest.starts_with('/')) return put_path(out, rest, prefix);
        put_base(out, prefix);  // the root, without its slash
        out.append(rest);
        return;
    }
    if (has_scheme || rest.empty() || rest[0] == '?' || rest[0] == '#') out.append(reference);
    else if (rest[0] == '/') put_path(out, rest, prefix);
    else put_relative(out, rest, prefix);
}

void put_links(std::string& out, std::string_view value, const Prefix& prefix) {
    bool quoted = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        out += c;
        if (quoted && c == '\\' && i + 1 < value.size()) out += value[++i];
        else if (c == '"') quoted = !quoted;
        if (quoted || c != '<') continue;
        const auto end = value.find('>', i);
        if (end == std::string_view::npos) continue;
        put_reference(out, value.substr(i + 1, end - i - 1), prefix);
        i = end - 1;
    }
}

void put_cookie(std::string& out, std::string_view value, const Prefix& prefix) {
    bool has_path = false;
    for (bool first = true; !value.empty(); first = false) {
        const auto semicolon = value.find(';');
        const auto part = value.substr(0, semicolon);
        value.remove_prefix(semicolon == std::string_view::npos ? value.size() : semicolon + 1);
        if (!first) out.append(";");
        const auto equals = part.find('=');
        const auto path = equals == std::string_view::npos ? std::string_view{} : http::trim(part.substr(equals + 1));
        if (first || !path.starts_with('/') || !same_letters(http::trim(part.substr(0, equals)), "path")) {
            out.append(part);
            continue;
        }
        has_path = true;
        out.append(part.substr(0, equals + 1));
        // `/foo` is sent with /foo, /foo/ and what is below; `/foo/` would not be with /foo.
        if (path == "/") put_base(out, prefix);
        else put_path(out, path, prefix);
    }
    // Without a Path a reader takes the folder of what it asked for, and that of `/foo` is everybody's.
    if (has_path || !prefix.bare) return;
    out.append("; Path=");
    put_base(out, prefix);
}

}  // namespace mt::gateway
