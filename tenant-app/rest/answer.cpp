#include "tenant-app/rest/answer.hpp"

#include <array>
#include <ctime>

#include "tenant-app/rest/etag.hpp"
#include "tenant-app/rest/negotiate.hpp"
#include "tenant-app/rest/text.hpp"
#include "tenant-app/rest/url.hpp"
#include "tenant-app/rest/xml.hpp"

namespace mt::app::rest {

namespace {

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200: return "OK";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Payload Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 416: return "Range Not Satisfiable";
        case 422: return "Unprocessable Entity";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "Status";
    }
}

/// `Date: …` of this second, written anew once a second. One per thread, and the worker has one that answers.
std::string_view date_field() {
    static thread_local std::array<char, 48> text{};
    static thread_local std::size_t length = 0;
    static thread_local std::time_t written = 0;
    const auto now = std::time(nullptr);
    if (now != written) {
        // By hand: strftime would load the locale.
        constexpr std::string_view days = "SunMonTueWedThuFriSat", months = "JanFebMarAprMayJunJulAugSepOctNovDec";
        std::tm parts{};
        gmtime_r(&now, &parts);
        const auto two = [](std::string& out, int number) { out.append({static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)}); };
        std::string line = "Date: ";
        line.append(days.substr(static_cast<std::size_t>(parts.tm_wday) * 3, 3)).append(", ");
        two(line, parts.tm_mday);
        line.append(" ").append(months.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3)).append(" ");
        append_number(line, static_cast<unsigned>(parts.tm_year + 1900));
        line += ' ';
        two(line, parts.tm_hour);
        line += ':';
        two(line, parts.tm_min);
        line += ':';
        two(line, parts.tm_sec);
        line += " GMT\r\n";
        length = line.copy(text.data(), text.size());
        written = now;
    }
    return {text.data(), length};
}

void append_cors(std::string& out, const Request& request, const Cors& cors) {
    bool named = false;
    const bool any = !cors.reflect && cors.origins.size() == 1 && cors.origins[0] == "*";
    if (cors.reflect) named = !request.origin.empty();
    for (const auto& origin : cors.origins) named = named || (origin == request.origin && !request.origin.empty());
    if (any) out += "Access-Control-Allow-Origin: *\r\n";
    else if (cors.fixed) out.append("Access-Control-Allow-Origin: ").append(cors.origins.front()).append("\r\n");
    else if (named) out.append("Access-Control-Allow-Origin: ").append(request.origin).append("\r\n");
    if (!any) out += "Vary: Origin\r\n";
    if (cors.credentials) out += "Access-Control-Allow-Credentials: true\r\n";
    if (!cors.exposed_headers.empty()) out.append("Access-Control-Expose-Headers: ").append(cors.exposed_headers).append("\r\n");
    if (request.verb != Verb::options) return;
    out.append("Access-Control-Allow-Methods: ").append(cors.methods).append("\r\n");
    if (cors.allowed_headers.empty()) out += "Vary: Access-Control-Request-Headers\r\n";
    if (!cors.allowed_headers.empty()) out.append("Access-Control-Allow-Headers: ").append(cors.allowed_headers).append("\r\n");
    else if (!request.asked_headers.empty()) out.append("Access-Control-Allow-Headers: ").append(request.asked_headers).append("\r\n");
    if (!cors.max_age.empty()) out.append("Access-Control-Max-Age: ").append(cors.max_age).append("\r\n");
}

/// express' res.jsonp: the callback's name is reduced to what a name may hold.
void wrap_in_callback(Answer& answer, const Request& request) {
    const auto asked = query_value(request.query, "callback");
    std::string callback;
    for (const char c : asked.value_or(""))
        if ((c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_' || c == '$' || c == '.' || c == '[' || c == ']')
            callback += c;
    if (callback.empty()) return;
    answer.content_type = "text/javascript; charset=utf-8";
    answer.extra_fields = "X-Content-Type-Options: nosniff\r\n";
    answer.body = "/**/ typeof " + callback + " === 'function' && " + callback + "(" + answer.body + ");";
}

}  // namespace

Answer result_answer(std::string json, const Request& request) {
    Answer answer;
    answer.content_type = k_json_type;
    answer.body = std::move(json);
    switch (result_format(request.accept, request.query, request.policy && request.policy->xml)) {
        case ResultFormat::json: break;
        case ResultFormat::xml:
            answer.content_type = "text/xml; charset=utf-8";
            answer.body = to_xml(answer.body);
            break;
        case ResultFormat::javascript: wrap_in_callback(answer, request); break;
        case ResultFormat::not_acceptable:
            answer.status = 406;
            answer.content_type = k_text_type;
            answer.body = "Not Acceptable";
            break;
    }
    revalidate(answer, request);
    return answer;
}

void revalidate(Answer& answer, const Request& request) {
    answer.etag = weak_etag(answer.body);
    if (answer.status != 200 || (request.verb != Verb::get && request.verb != Verb::head)) return;
    if (!is_fresh(answer.etag, request.if_none_match, request.cache_control)) return;
    answer.status = 304;
    answer.content_type = {};
    answer.body.clear();
}

void append_head(std::string& out, const Answer& answer, const Request& request, const Settings& settings, bool keep_alive) {
    out += "HTTP/1.1 ";
    append_number(out, answer.status);
    out.append(" ").append(reason_of(answer.status)).append("\r\n").append(date_field());
    if (settings.cors.on && !answer.outside_cors) append_cors(out, request, settings.cors);
    if (!answer.content_type.empty()) out.append("Content-Type: ").append(answer.content_type).append("\r\n");
    if (!answer.etag.empty()) out.append("ETag: ").append(answer.etag).append("\r\n");
    out.append(answer.extra_fields).append(settings.extra_fields);
    if (answer.stream) {
        out += keep_alive ? "Transfer-Encoding: chunked\r\n\r\n" : "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
        return;
    }
    // 204 and 304 must not carry a length of their own (RFC 9110 section 8.6); OPTIONS keeps LoopBack's 0.
    if (answer.status != 304 && (answer.status != 204 || request.verb == Verb::options)) {
        out += "Content-Length: ";
        append_number(out, answer.file ? answer.file_bytes : answer.body.size());
        out += "\r\n";
    }
    out += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
}

}  // namespace mt::app::rest
