#include "tenant-app/rest/body.hpp"

#include <algorithm>

#include "base/http/syntax.hpp"
#include "tenant-app/query/parse_filter.hpp"
#include "tenant-app/rest/url.hpp"

namespace mt::app::rest {

namespace {

/// The charset parameter, or empty.
std::string_view charset_of(std::string_view content_type) {
    auto at = content_type.find(';');
    while (at != std::string_view::npos) {
        content_type.remove_prefix(at + 1);
        at = content_type.find(';');
        auto parameter = http::trim(content_type.substr(0, at));
        if (parameter.size() < 8 || !same_letters(parameter.substr(0, 8), "charset=")) continue;
        parameter.remove_prefix(8);
        if (parameter.size() >= 2 && parameter.front() == '"' && parameter.back() == '"') parameter = parameter.substr(1, parameter.size() - 2);
        return parameter;
    }
    return {};
}

Failure unsupported(std::string_view what, std::string_view value, bool upper) {
    std::string shown{value.substr(0, 40)};
    if (upper)
        for (char& c : shown)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return {415, "unsupported " + std::string{what} + " \"" + shown + "\"", "UnsupportedMediaTypeError", {}, {}};
}

Failure syntax_error(std::string message) { return {400, std::move(message), "SyntaxError", {}, {}}; }

/// We inflate nothing: a worker that took compressed bodies would have to bound what comes out of them, for no client known.
std::optional<Failure> refuse_encoding(const Request& request) {
    if (request.content_encoding.empty() || same_letters(request.content_encoding, "identity")) return std::nullopt;
    const bool gzip = same_letters(request.content_encoding, "gzip");
    if (gzip && !request.body.starts_with("\x1f\x8b")) return Failure{400, "incorrect header check", "Error", "Z_DATA_ERROR", {}};
    return unsupported("content encoding", request.content_encoding, false);
}

Body parse_json_body(std::string_view text, bool strict) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (strict) {
        const auto first = text.find_first_not_of(" \t\r\n");
        if (first != std::string_view::npos && text[first] != '{' && text[first] != '[')
            return {{}, syntax_error("Unexpected token '" + std::string{text.substr(first, 1)} + "' in JSON")};
    }
    auto value = parse_json(text);
    if (!value.ok()) return {{}, syntax_error(value.error().message())};
    return {*std::move(value), std::nullopt};
}

/// `name=Ann&tags[]=a` is read as the qs notation of one argument, `data[name]=Ann&data[tags][]=a`: the same rules and the same
/// bounds as those of ?filter[where][name]=Ann.
Body parse_form_body(std::string_view text, std::size_t parameters_max) {
    if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '&')) >= parameters_max)
        return {{}, Failure{413, "too many parameters", "PayloadTooLargeError", {}, {}}};
    std::string as_argument;
    as_argument.reserve(text.size() * 2);
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        // "[0][name]=x" names no property: a form is one object, never a list.
        if (pair.empty() || pair[0] == '[') continue;
        if (!as_argument.empty()) as_argument += '&';
        const auto bracket = std::min(pair.find_first_of("[="), pair.size());
        as_argument.append("data[").append(pair.substr(0, bracket)).append("]");
        as_argument += pair.substr(bracket);
        if (pair.find('=') == std::string_view::npos) as_argument += '=';
    }
    if (as_argument.empty()) return {json::object(), std::nullopt};
    auto value = parse_argument(as_argument, "data");
    if (!value.ok()) return {{}, to_failure(value.error())};
    return {*std::move(value), std::nullopt};
}

}  // namespace

BodyKind body_kind(std::string_view content_type) {
    const auto type = http::trim(content_type.substr(0, content_type.find(';')));
    if (same_letters(type, "application/json")) return BodyKind::json;
    return same_letters(type, "application/x-www-form-urlencoded") ? BodyKind::form : BodyKind::none;
}

Body parse_body(const Request& request, const Settings& settings) {
    const auto kind = body_kind(request.content_type);
    if (kind == BodyKind::none || !request.has_body) return {json::object(), std::nullopt};
    if (request.body_too_large) return {{}, Failure{413, "request entity too large", "PayloadTooLargeError", {}, {}}};
    if (auto failure = refuse_encoding(request)) return {{}, std::move(failure)};
    const auto charset = charset_of(request.content_type);
    if (!charset.empty() && !same_letters(charset, "utf-8")) return {{}, unsupported("charset", charset, true)};
    if (request.body.empty()) return {json::object(), std::nullopt};
    auto body = kind == BodyKind::json ? parse_json_body(request.body, settings.json_strict) : parse_form_body(request.body, settings.form_parameters);
    if (body.value.is_null() && !body.failure) body.value = json::object();
    return body;
}

}  // namespace mt::app::rest
