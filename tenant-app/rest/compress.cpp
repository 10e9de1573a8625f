#include "tenant-app/rest/compress.hpp"

#include <zlib.h>

#include "base/http/syntax.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

bool is_compressible(std::string_view type) {
    return type.starts_with("text/") || type.starts_with("application/json") || type.starts_with("application/javascript") ||
           type.starts_with("application/xml") || type.starts_with("image/svg+xml");
}

/// Empty on failure: memory only.
std::string gzip(std::string_view text, int level) {
    z_stream stream{};
    constexpr int gzip_window = 15 + 16, memory_level = 8;
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) return {};
    std::string out;
    out.resize(deflateBound(&stream, static_cast<uLong>(text.size())));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(result == Z_STREAM_END ? out.size() - stream.avail_out : 0);
    deflateEnd(&stream);
    return out;
}

}  // namespace

bool takes_gzip(std::string_view accept_encoding) {
    while (!accept_encoding.empty()) {
        const auto comma = accept_encoding.find(',');
        auto one = accept_encoding.substr(0, comma);
        accept_encoding = comma == std::string_view::npos ? std::string_view{} : accept_encoding.substr(comma + 1);
        const auto semicolon = one.find(';');
        const auto name = http::trim(one.substr(0, semicolon));
        if (!same_letters(name, "gzip") && name != "*") continue;
        const auto quality = semicolon == std::string_view::npos ? std::string_view{} : http::trim(one.substr(semicolon + 1));
        return !(quality.starts_with("q=0") && quality.find_first_of("123456789") == std::string_view::npos);
    }
    return false;
}

void compress(Answer& answer, const Request& request, const Compression& settings) {
    constexpr std::size_t largest = 64u << 20;
    if (!settings.on || answer.body.empty() || !is_compressible(answer.content_type)) return;
    answer.extra_fields += "Vary: Accept-Encoding\r\n";
    if (request.verb == Verb::head || answer.body.size() < settings.threshold || answer.body.size() > largest ||
        !takes_gzip(request.accept_encoding)) return;
    auto small = gzip(answer.body, settings.level);
    if (small.empty()) return;
    answer.body = std::move(small);
    answer.extra_fields += "Content-Encoding: gzip\r\n";
}

}  // namespace mt::app::rest
