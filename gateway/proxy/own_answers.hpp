#pragma once
#include <string>
#include <string_view>

#include "base/http/head.hpp"
#include "gateway/proxy/explorer_assets.hpp"

namespace mt::gateway {

/// What an answer of ours depends on; copied from the head, so that it survives waits.
struct AnswerStyle {
    bool html = false;        ///< the client prefers text/html
    bool head_only = false;   ///< it answers HEAD
    bool keep_alive = false;
    bool old_client = false;  ///< HTTP/1.0
};

/// A complete answer: `head` is owned; `body` too unless `shared` is set (a view of an asset, which lives as long as the proxy).
struct OwnAnswer {
    unsigned status = 200;
    std::string head, body;
    std::string_view shared;
    std::string_view content() const { return shared.data() ? shared : std::string_view{body}; }
};

/// True if the Accept field puts text/html before JSON.
bool prefers_html(const http::Head& head);

/// An error: application/problem+json (RFC 9457) or a small page. `why` is one sentence without path, version or stack; an operator's words in it are escaped.
/// `retry_after_s` above 0 adds Retry-After; `allow` adds Allow; `more` are further field lines, each with its CRLF.
OwnAnswer problem(const AnswerStyle& style, unsigned status, std::string_view why, std::string_view request_id,
                  unsigned retry_after_s = 0, std::string_view allow = {}, std::string_view more = {});
/// 200 with this text, which no cache keeps.
OwnAnswer plain_page(const AnswerStyle& style, std::string_view content_type, std::string text, std::string_view request_id);
OwnAnswer welcome_page(const AnswerStyle& style, std::string_view request_id);
OwnAnswer health(const AnswerStyle& style, std::string_view request_id);
/// Answers OPTIONS: 204 and Allow.
OwnAnswer options(const AnswerStyle& style, std::string_view request_id);
/// 308 to the same target at https and this port. `head` is that of the request.
OwnAnswer redirect_to_https(const AnswerStyle& style, const http::Head& head, unsigned short port, std::string_view request_id);
/// 308 to the tenant `to`: `behind` is what followed its former name, query included, `prefix` what a proxy in front
/// took off.
OwnAnswer redirect_to_name(const AnswerStyle& style, std::string_view prefix, std::string_view to,
                           std::string_view behind, std::string_view request_id);
/// 200, 304, or a problem 404. `head` is that of the request.
OwnAnswer explorer_asset(const AnswerStyle& style, const ExplorerAssets& assets, std::string_view name, const http::Head& head,
                         std::string_view request_id);

}  // namespace mt::gateway
