#include "tenant-app/rest/static_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "base/files.hpp"
#include "tenant-app/rest/etag.hpp"
#include "tenant-app/rest/pages.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

/// What is read into memory, and so may be compressed; larger files are sent piece by piece.
constexpr std::uint64_t k_whole_bytes_max = 256u << 10;

struct MediaType {
    std::string_view suffix, type;
};
constexpr std::array<MediaType, 28> k_media_types{
    MediaType{".html", "text/html; charset=UTF-8"}, {".htm", "text/html; charset=UTF-8"}, {".css", "text/css; charset=UTF-8"},
    {".js", "application/javascript; charset=UTF-8"}, {".mjs", "application/javascript; charset=UTF-8"},
    {".json", "application/json; charset=UTF-8"}, {".map", "application/json; charset=UTF-8"},
    {".txt", "text/plain; charset=UTF-8"}, {".md", "text/markdown; charset=UTF-8"}, {".csv", "text/csv; charset=UTF-8"},
    {".xml", "application/xml"}, {".svg", "image/svg+xml"}, {".png", "image/png"}, {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"},
    {".gif", "image/gif"}, {".webp", "image/webp"}, {".ico", "image/x-icon"}, {".woff", "font/woff"}, {".woff2", "font/woff2"},
    {".ttf", "font/ttf"}, {".otf", "font/otf"}, {".pdf", "application/pdf"}, {".zip", "application/zip"}, {".mp4", "video/mp4"},
    {".webm", "video/webm"}, {".mp3", "audio/mpeg"}, {".wasm", "application/wasm"}};

std::string_view media_type(std::string_view name) {
    for (const auto& media : k_media_types)
        if (name.size() > media.suffix.size() && same_letters(name.substr(name.size() - media.suffix.size()), media.suffix))
            return media.type;
    return "application/octet-stream";
}

/// Opens `path` below `base` segment by segment, so that no link can lead out, whatever changes meanwhile. "" is `base` itself.
Fd open_below(const std::filesystem::path& base, std::string_view path) {
    Fd at{::open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    while (at && !path.empty()) {
        const auto slash = path.find('/');
        const std::string segment{path.substr(0, slash)};
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
        if (segment.empty()) continue;
        if (segment[0] == '.') return {};
        // Not blocking: a FIFO would wait for its writer.
        at = Fd{::openat(at.get(), segment.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
    }
    return at;
}

std::string http_date(std::time_t time) {
    constexpr std::string_view days = "SunMonTueWedThuFriSat", months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 40> text{};
    const auto day = days.substr(static_cast<std::size_t>(parts.tm_wday) * 3, 3);
    const auto month = months.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3);
    std::snprintf(text.data(), text.size(), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", day.data(), parts.tm_mday, month.data(),
                  parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return text.data();
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

enum class RangeKind { none, one, beyond };

/// "bytes=0-3", "bytes=4-", "bytes=-2". Several ranges, or another unit, count as none: the whole is a right answer, too.
RangeKind read_range(std::string_view field, std::uint64_t size, std::uint64_t& first, std::uint64_t& length) {
    if (!field.starts_with("bytes=") || field.find(',') != std::string_view::npos) return RangeKind::none;
    field.remove_prefix(6);
    const auto dash = field.find('-');
    if (dash == std::string_view::npos) return RangeKind::none;
    const auto from = field.substr(0, dash), to = field.substr(dash + 1);
    if (from.empty()) {
        const auto last = number(to);
        if (!last) return RangeKind::none;
        if (*last == 0 || size == 0) return RangeKind::beyond;
        length = std::min(*last, size);
        first = size - length;
        return RangeKind::one;
    }
    const auto start = number(from), end = to.empty() ? std::optional{size} : number(to);
    if (!start || !end || *end < *start) return to.empty() && start ? RangeKind::beyond : RangeKind::none;
    if (*start >= size) return RangeKind::beyond;
    first = *start;
    length = std::min(*end, size - 1) - *start + 1;
    return RangeKind::one;
}

bool unchanged(const Answer& answer, const std::string& modified, const Request& request) {
    if (!request.if_none_match.empty()) return is_fresh(answer.etag, request.if_none_match, request.cache_control);
    // The exact text that we gave: a client that keeps dates sends back what it got.
    return !request.if_modified_since.empty() && request.if_modified_since == modified;
}

Answer send_file(Fd file, const struct stat& info, std::string_view name, const Request& request, unsigned long max_age) {
    Answer answer;
    const auto size = static_cast<std::uint64_t>(info.st_size);
    std::array<char, 64> tag{};
    std::snprintf(tag.data(), tag.size(), "W/\"%llx-%llx\"", static_cast<unsigned long long>(size),
                  static_cast<unsigned long long>(info.st_mtim.tv_sec) * 1000
                      + static_cast<unsigned long long>(info.st_mtim.tv_nsec / 1'000'000));
    answer.etag = tag.data();
    const auto modified = http_date(info.st_mtim.tv_sec);
    answer.extra_fields = "Accept-Ranges: bytes\r\nCache-Control: public, max-age=" + std::to_string(max_age) + "\r\nLast-Modified: "
        + modified + "\r\n";
    if (unchanged(answer, modified, request)) {
        answer.status = 304;
        return answer;
    }
    answer.content_type = media_type(name);
    std::uint64_t first = 0, length = size;
    const bool same = request.if_range.empty() || request.if_range == modified || request.if_range == answer.etag;
    const bool asked = !request.range.empty() && same;
    const auto range = asked ? read_range(request.range, size, first, length) : RangeKind::none;
    if (range == RangeKind::beyond) {
        answer.status = 416;
        answer.content_type = k_text_type;
        answer.extra_fields += "Content-Range: bytes */" + std::to_string(size) + "\r\n";
        return answer;
    }
    if (range == RangeKind::one) {
        answer.status = 206;
        answer.extra_fields += "Content-Range: bytes " + std::to_string(first) + "-" + std::to_string(first + length - 1) + "/"
            + std::to_string(size) + "\r\n";
    } else if (length <= k_whole_bytes_max) {
        answer.body.resize(static_cast<std::size_t>(length));
        const auto got = ::pread(file.get(), answer.body.data(), answer.body.size(), 0);
        answer.body.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return answer;
    }
    answer.file = std::move(file);
    answer.file_offset = first;
    answer.file_bytes = length;
    return answer;
}

std::optional<Answer> answer_below(const Settings& settings, const StaticFolder& folder, std::string_view path, const Request& request) {
    const auto base = folder.folder.native();
    auto file = open_below(settings.folder, base + "/" + std::string{path});
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) return std::nullopt;
    if (S_ISDIR(info.st_mode)) {
        if (!request.path.ends_with('/')) {
            if (!folder.redirect) return std::nullopt;
            return redirect(std::string{request.forwarded_prefix} + std::string{request.path} + "/");
        }
        if (folder.index.empty()) return std::nullopt;
        return file_answer(settings, folder.folder / std::string{path.substr(path.starts_with('/') ? 1 : 0)} / folder.index, request,
            folder.max_age);
    }
    if (!S_ISREG(info.st_mode) || path.ends_with('/')) return std::nullopt;
    return send_file(std::move(file), info, path, request, folder.max_age);
}

}  // namespace

std::optional<Answer> file_answer(const Settings& settings, const std::filesystem::path& path, const Request& request,
    unsigned long max_age) {
    auto file = open_below(settings.folder, path.native());
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return send_file(std::move(file), info, path.native(), request, max_age);
}

std::optional<Answer> find_static(const Service& service, const Request& request) {
    if (request.verb != Verb::get && request.verb != Verb::head) return std::nullopt;
    for (const auto& folder : service.settings.statics) {
        const auto rest = below_mount(request.path, folder.mount);
        if (!rest) continue;
        auto path = decode_component(*rest);
        if (!path || path->find('\0') != std::string::npos) continue;
        // "//" of the answer's Location would name another host.
        if (path->starts_with("//") || request.path.starts_with("//")) continue;
        if (auto answer = answer_below(service.settings, folder, path->substr(path->starts_with('/') ? 1 : 0), request)) return answer;
    }
    return std::nullopt;
}

}  // namespace mt::app::rest
