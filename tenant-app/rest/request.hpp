#pragma once
#include <cstdint>
#include <string_view>

#include "base/http/head.hpp"

namespace mt::app::rest {

struct AnswerPolicy;

enum class Verb : std::uint8_t { get, head, post, put, patch, del, options, other };

/// What the worker reads of a request. Views point into the connection's buffer and stay valid until the answer is sent; the
/// scanned Head itself is shared by all connections and does not outlive the scan.
struct Request {
    Verb verb = Verb::other;
    std::string_view method;
    std::string_view target;  ///< path and query, as sent
    std::string_view path;    ///< as sent: not decoded
    std::string_view query;   ///< without the question mark

    std::string_view accept, content_type, content_encoding, if_none_match, cache_control, origin, asked_headers, forwarded_prefix;
    std::string_view accept_encoding, range, if_range, if_modified_since;
    std::string_view authorization, access_token;  ///< access_token: X-Access-Token
    bool has_authorization = false, has_access_token = false;
    bool has_body = false;        ///< framed as having one, be it empty
    bool body_too_large = false;  ///< `body` is then empty
    std::string_view body;
    const AnswerPolicy* policy = nullptr;  ///< how its answer is worded; null: as LoopBack does unless told otherwise
};

/// Picks what matters out of a scanned head.
Request read_request(const http::Head& head);

}  // namespace mt::app::rest
