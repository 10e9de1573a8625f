#include "tenant-app/rest/pages.hpp"

#include <chrono>

#include "base/units.hpp"
#include "tenant-app/rest/static_files.hpp"
#include "tenant-app/rest/text.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

/// {"started":"2026-11-20T18:01:58.530Z","uptime":0.29}, as loopback.status().
std::string status_text(std::chrono::system_clock::time_point started) {
    const auto up = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() - started).count();
    const auto uptime = static_cast<unsigned long long>(up > 0 ? up : 0);
    std::string out = "{\"started\":\"" + format_time(started) + "\",\"uptime\":";
    append_number(out, uptime / 1000);
    if (const auto rest = uptime % 1000) {
        out += '.';
        auto fraction = std::to_string(1000 + rest).substr(1);
        while (fraction.ends_with('0')) fraction.pop_back();
        out += fraction;
    }
    return out += '}';
}

/// A 16 by 16 icon of one colour: header, directory entry, bitmap header, one palette of two colours, pixels, mask.
std::string icon() {
    std::string out;
    const auto put = [&](unsigned value, int bytes) {
        for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
    };
    constexpr unsigned bitmap = 40 + 8 + 16 * 4 + 16 * 4;
    put(0, 2), put(1, 2), put(1, 2);
    put(16, 1), put(16, 1), put(2, 1), put(0, 1), put(1, 2), put(1, 2), put(bitmap, 4), put(22, 4);
    put(40, 4), put(16, 4), put(32, 4), put(1, 2), put(1, 2), put(0, 4), put(128, 4), put(0, 4), put(0, 4), put(2, 4), put(0, 4);
    put(0x00177444, 4), put(0x00ffffff, 4);
    for (int row = 0; row < 16; ++row) put(0, 4);
    for (int row = 0; row < 16; ++row) put(0, 4);
    return out;
}

bool is_status_path(const Settings& settings, std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    for (const auto& one : settings.status_paths)
        if (same_letters(one, path)) return true;
    return false;
}

/// The little page of express and its friends around one line.
std::string small_page(std::string_view title, std::string_view line) {
    std::string body = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>";
    body.append(title).append("</title>\n</head>\n<body>\n<pre>");
    append_escaped(body, line);
    return body += "</pre>\n</body>\n</html>\n";
}

bool reads(const Request& request) { return request.verb == Verb::get || request.verb == Verb::head; }

}  // namespace

std::optional<Answer> find_page(const Service& service, const Request& request) {
    if (!reads(request)) return std::nullopt;
    Answer answer;
    if (is_status_path(service.settings, request.path)) {
        answer.content_type = k_json_type;
        answer.body = status_text(service.started);
    } else if (service.settings.favicon && same_letters(request.path, "/favicon.ico")) {
        if (!service.settings.favicon_file.empty())
            if (auto own = file_answer(service.settings, service.settings.favicon_file, request, 86400)) return own;
        answer.content_type = "image/x-icon";
        answer.body = icon();
        answer.outside_cors = true;
    } else {
        return std::nullopt;
    }
    revalidate(answer, request);
    return answer;
}

Answer options_answer(const Cors& cors) {
    Answer answer;
    answer.status = cors.on ? cors.options_status : 204;
    return answer;
}

Answer redirect(const std::string& where) {
    Answer answer;
    answer.status = 301;
    answer.content_type = k_page_type;
    answer.extra_fields = "Location: " + where + "\r\n";
    answer.body = small_page("Redirecting", "Redirecting to " + where);
    return answer;
}

Answer plain_not_found(const Request& request) {
    Answer answer;
    answer.status = 404;
    answer.content_type = "text/html; charset=utf-8";
    answer.extra_fields = "Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n";
    answer.body = small_page("Error", "Cannot " + std::string{request.method} + " " + std::string{request.path});
    return answer;
}

}  // namespace mt::app::rest
