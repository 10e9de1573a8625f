#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"
#include "tenant-app/crud/changes.hpp"
#include "tenant-app/rest/request.hpp"
#include "tenant-app/rest/settings.hpp"

namespace mt::app::rest {

/// An answer before it becomes bytes.
struct Answer {
    unsigned status = 200;
    std::string_view content_type;  ///< a literal; empty: none
    std::string body;
    std::string etag;
    std::string extra_fields;       ///< whole lines, each with its CRLF
    bool outside_cors = false;      ///< LoopBack answers it before its CORS middleware
    Fd file;                        ///< open: the body is `file_bytes` of it from `file_offset` on, and `body` is empty
    std::uint64_t file_offset = 0, file_bytes = 0;
    std::shared_ptr<Changes::Listener> stream;  ///< not null: the body is what it hears, until it or the client ends
};

inline constexpr std::string_view k_json_type = "application/json; charset=utf-8";
inline constexpr std::string_view k_page_type = "text/html; charset=UTF-8";
inline constexpr std::string_view k_text_type = "text/plain; charset=utf-8";

/// An error as LoopBack words it.
struct Failure {
    unsigned status = 500;
    std::string message;
    std::string_view name = "Error";  ///< a literal: the JavaScript class
    std::string code;                 ///< MODEL_NOT_FOUND and the like, or empty
    std::string details;              ///< JSON text, or empty
};

/// The one table from our error codes to HTTP.
Failure to_failure(const Error& error);

/// The failure in the format that the client prefers: LoopBack's {"error":{…}}, strong-error-handler's HTML page or its XML.
/// A 5xx says nothing of its cause.
Answer failure_answer(const Failure& failure, const Request& request);

/// A JSON result as LoopBack sends it: entity tag, JSONP if asked for, or 406 if the client wants none of that.
Answer result_answer(std::string json, const Request& request);

/// Turns an answer into 304 if the client has it already. Express does so for GET and HEAD only.
void revalidate(Answer& answer, const Request& request);

/// The bytes of the head. HEAD, 204 and 304 have no body, which the caller leaves out.
void append_head(std::string& out, const Answer& answer, const Request& request, const Settings& settings, bool keep_alive);

inline bool has_body(const Answer& answer, const Request& request) {
    return request.verb != Verb::head && answer.status != 204 && answer.status != 304;
}

}  // namespace mt::app::rest
