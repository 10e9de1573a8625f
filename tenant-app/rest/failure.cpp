#include <algorithm>
#include <string>

#include "tenant-app/rest/answer.hpp"
#include "tenant-app/rest/negotiate.hpp"
#include "tenant-app/rest/text.hpp"

namespace mt::app::rest {

namespace {

unsigned status_of(Errc code) {
    switch (code) {
        case Errc::failed: return 500;
        case Errc::usage: return 500;
        case Errc::invalid_name: return 400;
        case Errc::invalid_config: return 500;
        case Errc::bad_request: return 400;
        case Errc::not_allowed: return 403;
        case Errc::validation: return 422;
        case Errc::no_such_tenant: return 404;
        case Errc::not_found: return 404;
        case Errc::conflict: return 409;
        case Errc::payload_too_large: return 413;
        case Errc::unavailable: return 503;
        case Errc::timed_out: return 504;
        case Errc::interrupted: return 503;
    }
    return 500;
}

std::string_view phrase_of(unsigned status) {
    switch (status) {
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        default: return "Internal Server Error";
    }
}

/// What of a failure the tenant's configuration lets out.
struct View {
    const Failure& failure;
    const AnswerPolicy& policy;

    bool debug() const { return policy.debug; }
    bool safe(std::string_view field) const {
        return std::find(policy.safe_fields.begin(), policy.safe_fields.end(), field) != policy.safe_fields.end();
    }
    bool tells(std::string_view field) const;
    std::string_view message() const;
    /// We unwind nothing: the first line of a stack is all there is of one.
    std::string stack() const { return std::string{failure.name} + ": " + failure.message; }
};

/// What may be said: strong-error-handler hides all of a 5xx but its phrase. Several failed instances are told, though they are a
/// 500 in LoopBack: it is the client's data that they speak of.
bool may_be_told(const Failure& failure) { return failure.status < 500 || failure.name == "ArrayOfErrors"; }

bool View::tells(std::string_view field) const { return may_be_told(failure) || debug() || safe(field); }

std::string_view View::message() const { return tells("message") ? std::string_view{failure.message} : phrase_of(failure.status); }

std::string json_body(const View& view) {
    const auto& failure = view.failure;
    std::string out = view.policy.root_property ? "{\"error\":{\"statusCode\":" : "{\"statusCode\":";
    append_number(out, failure.status);
    if (view.tells("name")) {
        out += ",\"name\":";
        append_quoted(out, failure.name);
    }
    out += ",\"message\":";
    append_quoted(out, view.message());
    if (view.tells("code") && !failure.code.empty()) {
        out += ",\"code\":";
        append_quoted(out, failure.code);
    }
    if (view.tells("details") && !failure.details.empty()) out.append(",\"details\":").append(failure.details);
    if (view.debug()) {
        out += ",\"stack\":";
        append_quoted(out, view.stack());
    }
    return out += view.policy.root_property ? "}}" : "}";
}

std::string html_body(const View& view) {
    const auto& failure = view.failure;
    std::string out =
        "<html>\n  <head>\n    <meta charset='utf-8'>\n    <title>Error</title>\n    <style>* { margin: 0; padding: 0; outline: 0; }\n"
        "body { padding: 80px 100px; font: 13px \"Helvetica Neue\", \"Lucida Grande\", \"Arial\"; background: #ECE9E9; color: #555; }\n"
        "h1, h2 { font-size: 22px; color: #343434; }\nh1 em, h2 em { padding: 0 5px; font-weight: normal; }\nh1 { font-size: 60px; }\n"
        "h2 { margin: 10px 0; }\nul li { list-style: none; }\n</style>\n  </head>\n  <body>\n    <div id=\"wrapper\">\n      <h1>";
    append_escaped(out, view.tells("name") ? failure.name : "Error");
    out += "</h1>\n      <h2><em>";
    append_number(out, failure.status);
    out += "</em> ";
    append_escaped(out, view.message());
    out += "</h2>\n";
    if (view.tells("code") && !failure.code.empty()) {
        out += "      <div><b>code</b>: ";
        append_escaped(out, failure.code);
        out += "</div>\n";
    }
    if (view.debug()) {
        out += "      <ul id=\"stacktrace\"><li>";
        append_escaped(out, view.stack());
        out += "</li></ul>\n";
    }
    if (view.tells("details") && !failure.details.empty()) {
        out += "      <div><b>details</b>: ";
        append_escaped(out, failure.details);
        out += "</div>\n";
    }
    return out += "    </div>\n  </body>\n</html>\n";
}

std::string xml_body(const View& view) {
    const auto& failure = view.failure;
    std::string out = "<?xml version='1.0'?>\n<error>\n    <statusCode>";
    append_number(out, failure.status);
    out += "</statusCode>\n";
    const auto element = [&](std::string_view tag, std::string_view text) {
        if (text.empty()) return;
        out.append("    <").append(tag).append(">");
        append_escaped(out, text);
        out.append("</").append(tag).append(">\n");
    };
    element("name", view.tells("name") ? failure.name : "");
    element("message", view.message());
    element("code", view.tells("code") ? failure.code : "");
    element("details", view.tells("details") ? failure.details : "");
    if (view.debug()) element("stack", view.stack());
    return out += "</error>";
}

/// What LoopBack answers with 401 is refused for want of a login: these labels.
bool wants_login(std::string_view label) {
    for (const std::string_view known : {"AUTHORIZATION_REQUIRED", "INVALID_TOKEN", "LOGIN_FAILED", "LOGIN_FAILED_EMAIL_NOT_VERIFIED",
                                         "RESET_FAILED_EMAIL_NOT_VERIFIED", "USER_NOT_FOUND", "PASSWORD_CHANGE_NOT_ALLOWED", "NO_TOKEN"})
        if (label == known) return true;
    return false;
}

}  // namespace

Failure to_failure(const Error& error) {
    Failure failure{status_of(error.code()), error.message(), "Error", error.label(), error.details()};
    if (error.code() == Errc::not_allowed && wants_login(error.label())) failure.status = 401;
    if (error.label() == "NO_TOKEN") failure.code.clear();  // LoopBack's logout has no code
    // A password that cannot be one is refused before the instance is validated: a plain error.
    if (error.code() == Errc::validation && error.label().empty()) failure.name = "ValidationError";
    // Array create: each instance's own error stands in the details.
    if (error.code() == Errc::failed && error.details().starts_with('[')) failure.name = "ArrayOfErrors";
    return failure;
}

Answer failure_answer(const Failure& failure, const Request& request) {
    static const AnswerPolicy loopbacks;
    const View view{failure, request.policy ? *request.policy : loopbacks};
    Answer answer;
    answer.status = failure.status;
    switch (view.policy.negotiate ? error_format(request.accept, request.query) : ErrorFormat::json) {
        case ErrorFormat::json:
            answer.content_type = k_json_type;
            answer.body = json_body(view);
            break;
        case ErrorFormat::html:
            answer.content_type = "text/html; charset=utf-8";
            answer.body = html_body(view);
            break;
        case ErrorFormat::xml:
            answer.content_type = "text/xml; charset=utf-8";
            answer.body = xml_body(view);
            break;
    }
    return answer;
}

}  // namespace mt::app::rest
