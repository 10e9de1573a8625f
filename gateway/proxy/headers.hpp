#pragma once
#include <string>
#include <string_view>

#include "base/http/head.hpp"

namespace mt::gateway {

/// What the worker is told about a request beside what the client sent. Views are borrowed for the call.
struct RequestContext {
    std::string_view rest;        ///< Route::rest
    std::string_view authority;   ///< of an absolute-form target, else empty
    std::string_view tenant;
    std::string_view peer;        ///< the client's IP address
    std::string_view request_id;
    bool secure = false;                    ///< it came by TLS
    std::string_view certificate_fields{};  ///< complete lines about the client's certificate, or none
};

/// Writes the head that the worker gets into `out` (cleared first; a per-thread scratch buffer), in one pass over the fields:
/// prefix stripped, hop-by-hop and spoofable fields dropped, framing rebuilt, our own fields added.
void rewrite_request(const http::Head& head, const RequestContext& context, std::string& out);

/// How the body goes on to the client.
struct AnswerFraming {
    http::Framing framing = http::Framing::none;  ///< until_close: raw bytes, then the connection ends
    bool close = false;                           ///< say `Connection: close`
    bool say_keep_alive = false;                  ///< to an HTTP/1.0 client
};

/// The same for an answer. With `tunnel` the answer is the 101 that opens it.
void rewrite_answer(const http::Head& head, const AnswerFraming& framing, bool tunnel, std::string& out);

/// The client's X-Request-Id if it is one (`[A-Za-z0-9._-]{1,64}`), else empty.
std::string_view valid_request_id(const http::Head& head);

}  // namespace mt::gateway
