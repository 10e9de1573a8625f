#pragma once
#include <string>
#include <string_view>

#include "base/http/head.hpp"
#include "gateway/proxy/content_coding.hpp"
#include "gateway/proxy/prefix.hpp"

namespace mt::gateway {

/// What a trusted proxy in front says of the client's request; empty where it says nothing, or nonsense.
struct FrontSays {
    std::string_view proto, host, prefix;  ///< X-Forwarded-*; the prefix has no slash at its end
};
FrontSays front_says(const http::Head& head);

/// The authority that a request is for: of its absolute-form target, else its Host.
std::string_view host_of(const http::Head& head, std::string_view authority);

/// What the worker is told about a request beside what the client sent. Views are borrowed for the call.
struct RequestContext {
    std::string_view rest;        ///< Route::rest
    std::string_view authority;   ///< of an absolute-form target, else empty
    std::string_view tenant;      ///< its prefix; empty if the path was left whole
    std::string_view peer;        ///< the client's IP address
    std::string_view request_id;
    std::string_view traceparent{};   ///< ours; empty: what the client says about its trace goes on as it came
    bool keep_tracestate = false;    ///< it belongs to `traceparent`
    bool secure = false;             ///< it came by TLS
    std::string_view certificate_fields{};  ///< complete lines about the client's certificate, or none
    FrontSays front{};
};

/// Writes the head that the worker gets into `out` (cleared first; a per-thread scratch buffer), in one pass over the fields:
/// prefix stripped, hop-by-hop and spoofable fields dropped, framing rebuilt, our own fields added.
void rewrite_request(const http::Head& head, const RequestContext& context, std::string& out);

/// How the body goes on to the client.
struct AnswerFraming {
    http::Framing framing = http::Framing::none;  ///< until_close: raw bytes, then the connection ends
    bool close = false;                           ///< say `Connection: close`
    bool say_keep_alive = false;                  ///< to an HTTP/1.0 client
    CodingFields coding{};
};

/// The same for an answer. With `tunnel` the answer is the 101 that opens it. References are put behind `prefix`.
void rewrite_answer(const http::Head& head, const AnswerFraming& framing, bool tunnel, const Prefix& prefix, std::string& out);

/// How many more hops an OPTIONS request may take (RFC 9110 section 7.6.2). Not said of any other method.
struct MaxForwards {
    bool said = false, valid = true;
    std::uint32_t hops = 0;
};
MaxForwards max_forwards(const http::Head& head);

/// The client's X-Request-Id if it is one (`[A-Za-z0-9._-]{1,64}`), else empty.
std::string_view valid_request_id(const http::Head& head);

}  // namespace mt::gateway
