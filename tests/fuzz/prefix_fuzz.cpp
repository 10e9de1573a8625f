#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/proxy/prefix.hpp"
#include "tests/fuzz/check.hpp"

// Whatever reference a worker sends, a client that resolves what we make of it (RFC 3986 section 5.2) stays within the tenant, or goes
// to another host, which we leave alone.

using mt::gateway::Prefix;

namespace {

std::string without_dots(std::string_view path) {
    std::vector<std::string> kept;
    bool folder = false;
    while (!path.empty()) {
        path.remove_prefix(1);  // its slash
        const auto end = std::min(path.find('/'), path.size());
        const auto segment = path.substr(0, end);
        path.remove_prefix(end);
        folder = segment == "." || segment == "..";
        if (segment == ".." && !kept.empty()) kept.pop_back();
        if (!folder) kept.emplace_back(segment);
    }
    std::string plain;
    for (const auto& segment : kept) plain += "/" + segment;
    return folder || plain.empty() ? plain + "/" : plain;
}

/// The path that a client at `base` ends at; empty: on another host.
std::string resolved(std::string_view reference, const std::string& base) {
    const auto mark = reference.find_first_of(":/?#");
    if (mark != std::string_view::npos && mark > 0 && reference[mark] == ':') return {};
    if (reference.starts_with("//")) return {};
    const auto path = reference.substr(0, reference.find_first_of("?#"));
    if (path.empty()) return base;
    if (path[0] == '/') return without_dots(path);
    return without_dots(base.substr(0, base.rfind('/') + 1) + std::string{path});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view reference{reinterpret_cast<const char*>(data) + 1, size - 1};
    const bool bare = (data[0] & 1) != 0;
    const unsigned depth = bare ? 0 : (data[0] >> 1) % 4;
    std::string base = "/apps/foo";
    if (!bare) base += "/";
    for (unsigned i = 0; i < depth; ++i) base += "d/";
    if (!bare) base += "x";

    const Prefix prefix{"/apps", "foo", "h", {}, depth, bare};
    std::string out;
    mt::gateway::put_reference(out, reference, prefix);
    const auto path = resolved(out, base);
    MT_FUZZ_CHECK(path.empty() || path == "/apps/foo" || path.starts_with("/apps/foo/"));
    // What went to another host was the worker's wish.
    MT_FUZZ_CHECK(!path.empty() || resolved(reference, base).empty());

    std::string other;
    mt::gateway::put_links(other, reference, prefix);
    mt::gateway::put_cookie(other, reference, prefix);
    return 0;
}
