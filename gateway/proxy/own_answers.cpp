#include "gateway/proxy/own_answers.hpp"

#include <algorithm>
#include <ctime>

#include "base/http/syntax.hpp"
#include "gateway/proxy/escape.hpp"

namespace mt::gateway {

namespace {

using http::Field;
using http::FieldName;

std::string_view title_of(unsigned status) {
    constexpr std::pair<unsigned, std::string_view> k_titles[] = {
        {200, "OK"}, {204, "No Content"}, {304, "Not Modified"}, {308, "Permanent Redirect"}, {400, "Bad Request"}, {404, "Not Found"},
        {405, "Method Not Allowed"}, {408, "Request Timeout"}, {413, "Content Too Large"}, {414, "URI Too Long"},
        {417, "Expectation Failed"}, {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
        {503, "Service Unavailable"}, {504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"},
    };
    for (const auto& [number, title] : k_titles)
        if (number == status) return title;
    return "Error";
}

std::string now_text() {
    char text[40];
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

struct HeadText {
    std::string text;
    void add(std::string_view name, std::string_view value) {
        if (!value.empty()) text.append(name).append(": ").append(value).append("\r\n");
    }
};

OwnAnswer finish(const AnswerStyle& style, OwnAnswer answer, std::string_view content_type, std::string_view request_id,
                 HeadText more = {}) {
    HeadText head;
    head.text.reserve(512);
    head.text.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ").append(title_of(answer.status)).append("\r\n");
    head.add("Date", now_text());
    head.add("Content-Type", content_type);
    if (answer.status != 204 && answer.status != 304) head.add("Content-Length", std::to_string(answer.content().size()));
    head.add("X-Request-Id", request_id);
    head.add("X-Content-Type-Options", "nosniff");
    head.text.append(more.text);
    if (!style.keep_alive) head.add("Connection", "close");
    else if (style.old_client) head.add("Connection", "keep-alive");
    head.text.append("\r\n");
    answer.head = std::move(head.text);
    if (style.head_only || answer.status == 204 || answer.status == 304) {
        answer.body.clear();
        answer.shared = {};
    }
    return answer;
}

std::string page(std::string_view title, std::string_view content) {
    std::string html{"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>"};
    html.append(title).append("</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em;color:#222}"
                              "small{color:#777}code{background:#f2f2f2;padding:.1em .3em}</style><h1>");
    html.append(title).append("</h1>").append(content).append("\n");
    return html;
}

/// q of a media range in thousandths; 1000 if there is none or it is unreadable.
int quality(std::string_view range) {
    const auto q = range.find("q=");
    if (q == std::string_view::npos) return 1000;
    const auto number = range.substr(q + 2);
    if (number.empty() || number[0] != '0') return 1000;
    int value = 0, scale = 100;
    for (std::size_t i = 2; i < number.size() && i < 5 && http::is(number[i], http::k_digit); ++i, scale /= 10) value += (number[i] - '0') * scale;
    return value;
}

bool accepts_gzip(const http::Head& head) {
    for (const Field& field : head.fields()) {
        if (field.id != FieldName::other || !http::same_token(field.name, "accept-encoding")) continue;
        bool accepted = false;
        http::for_each_element(field.value, [&](std::string_view coding) {
            if (http::same_token(coding.substr(0, coding.find_first_of("; ")), "gzip")) accepted = quality(coding) > 0;
        });
        return accepted;
    }
    return false;
}

bool names_tag(const http::Head& head, std::string_view tag) {
    const Field* const field = head.find(FieldName::if_none_match);
    if (!field) return false;
    bool found = false;
    http::for_each_element(field->value, [&](std::string_view element) {
        if (element.starts_with("W/")) element.remove_prefix(2);
        found |= element == "*" || element == tag;
    });
    return found;
}

}  // namespace

bool prefers_html(const http::Head& head) {
    const Field* const accept = head.find(FieldName::accept);
    // Asked for every request, in case it comes to an error; most clients that are no browsers do not mention it.
    if (!accept || accept->value.find("html") == std::string_view::npos) return false;
    int html = 0, json = 0;
    http::for_each_element(accept->value, [&](std::string_view range) {
        const auto type = range.substr(0, range.find_first_of("; "));
        if (type == "text/html" || type == "application/xhtml+xml") html = std::max(html, quality(range));
        if (type == "application/json" || type == "application/problem+json") json = std::max(json, quality(range));
    });
    return html > json;
}

OwnAnswer problem(const AnswerStyle& style, unsigned status, std::string_view why, std::string_view request_id, unsigned retry_after_s,
                  std::string_view allow, std::string_view more_fields) {
    OwnAnswer answer;
    answer.status = status;
    const auto title = title_of(status);
    const auto number = std::to_string(status);
    if (style.html) {
        answer.body = page(number + " " + std::string{title}, "<p>" + html_text(why) + ".</p><small>Request " + std::string{request_id} + "</small>");
    } else {
        answer.body.append("{\"type\":\"about:blank\",\"title\":\"").append(title).append("\",\"status\":").append(number);
        answer.body.append(",\"detail\":\"").append(json_text(why)).append("\",\"request_id\":\"").append(request_id).append("\"}\n");
    }
    HeadText more;
    more.add("Cache-Control", "no-store");
    if (retry_after_s) more.add("Retry-After", std::to_string(retry_after_s));
    more.add("Allow", allow);
    more.text.append(more_fields);
    return finish(style, std::move(answer), style.html ? "text/html; charset=utf-8" : "application/problem+json", request_id, std::move(more));
}

OwnAnswer welcome_page(const AnswerStyle& style, std::string_view request_id) {
    OwnAnswer answer;
    if (style.html)
        answer.body = page("mtg is running", "<p>Every tenant is served under its own name: <code>/&lt;tenant&gt;/</code>, its API under "
                                             "<code>/&lt;tenant&gt;/api</code>, its explorer under <code>/&lt;tenant&gt;/explorer</code>.</p>"
                                             "<p>Add one with <code>mtm add &lt;tenant&gt;</code>.</p>");
    else
        answer.body = "{\"name\":\"mtg\",\"status\":\"ok\",\"hint\":\"tenants are served under /<tenant>/; add one with: mtm add <tenant>\"}\n";
    return finish(style, std::move(answer), style.html ? "text/html; charset=utf-8" : "application/json", request_id);
}

OwnAnswer plain_page(const AnswerStyle& style, std::string_view content_type, std::string text, std::string_view request_id) {
    OwnAnswer answer;
    answer.body = std::move(text);
    HeadText more;
    more.add("Cache-Control", "no-store");
    return finish(style, std::move(answer), content_type, request_id, std::move(more));
}

OwnAnswer health(const AnswerStyle& style, std::string_view request_id) {
    return plain_page(style, "application/json", "{\"status\":\"ok\"}\n", request_id);
}

OwnAnswer options(const AnswerStyle& style, std::string_view request_id) {
    OwnAnswer answer;
    answer.status = 204;
    HeadText more;
    more.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return finish(style, std::move(answer), "", request_id, std::move(more));
}

namespace {

std::string_view without_port(std::string_view authority) {
    const auto colon = authority.rfind(':');
    const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
    return has_port ? authority.substr(0, colon) : authority;
}

}  // namespace

OwnAnswer redirect_to_https(const AnswerStyle& style, const http::Head& head, unsigned short port, std::string_view request_id) {
    auto target = head.target;
    std::string_view authority;
    if (const auto scheme = target.find("://"); target[0] != '/' && scheme != std::string_view::npos) {
        target.remove_prefix(scheme + 3);
        authority = target.substr(0, target.find_first_of("/?"));
        target.remove_prefix(authority.size());
    } else if (const Field* const host = head.find(FieldName::host)) {
        authority = host->value;
    }
    if (authority.empty()) return problem(style, 400, "This is served by https only, and the request names no host", request_id);
    std::string location = "https://";
    location.append(without_port(authority));
    if (port != 443) location.append(":").append(std::to_string(port));
    if (!target.starts_with('/')) location.append("/");
    location.append(target);
    OwnAnswer answer;
    answer.status = 308;
    HeadText more;
    more.add("Location", location);
    return finish(style, std::move(answer), "", request_id, std::move(more));
}

OwnAnswer redirect_to_name(const AnswerStyle& style, std::string_view prefix, std::string_view to,
                           std::string_view behind, std::string_view request_id) {
    OwnAnswer answer;
    answer.status = 308;
    HeadText more;
    more.add("Location", std::string{prefix} + "/" + std::string{to} + std::string{behind});
    more.add("Cache-Control", "no-store");  // the name may be another tenant's tomorrow
    return finish(style, std::move(answer), "", request_id, std::move(more));
}

OwnAnswer explorer_asset(const AnswerStyle& style, const ExplorerAssets& assets, std::string_view name, const http::Head& head,
                         std::string_view request_id) {
    const auto* const asset = assets.find(name);
    if (!asset) {
        if (assets.empty())
            return problem(style, 404, "The explorer's files are not installed; build them with npm, or use the API without them", request_id);
        return problem(style, 404, "There is no such explorer file", request_id);
    }
    const bool gzip = !asset->gzip.empty() && accepts_gzip(head);
    if (!gzip && asset->plain.empty()) return problem(style, 404, "This file exists only compressed; send Accept-Encoding: gzip", request_id);
    OwnAnswer answer;
    const auto tag = "\"" + asset->etag + (gzip ? "-gz\"" : "\"");
    answer.shared = gzip ? asset->gzip : asset->plain;
    if (names_tag(head, tag)) answer.status = 304;
    HeadText more;
    more.add("ETag", tag);
    more.add("Cache-Control", "public, max-age=3600");
    more.add("Vary", "Accept-Encoding");
    if (gzip && answer.status == 200) more.add("Content-Encoding", "gzip");
    return finish(style, std::move(answer), asset->content_type, request_id, std::move(more));
}

}  // namespace mt::gateway
