#include "gateway/proxy/content_coding.hpp"

#include <algorithm>

#include "base/http/syntax.hpp"

namespace mt::gateway {

namespace {

constexpr std::uint64_t k_least_bytes = 1024;  // below it fields and flushes eat what is won

bool is_named(const http::Field& field, std::string_view lower) { return http::same_token(field.name, lower); }

bool lists(std::string_view value, std::string_view lower) {
    bool found = false;
    http::for_each_element(value, [&](std::string_view element) { found |= http::same_token(element, lower); });
    return found;
}

bool is_text(std::string_view type) {
    std::string name{type.substr(0, type.find_first_of("; \t"))};
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    if (name == "text/event-stream") return false;
    if (name.starts_with("text/") || name.ends_with("+json") || name.ends_with("+xml")) return true;
    for (const char* known : {"application/json", "application/javascript", "application/x-javascript", "application/xml", "application/x-ndjson"})
        if (name == known) return true;
    return false;
}

}  // namespace

bool may_encode(const http::Head& answer) {
    if (answer.status < 200 || answer.status == 204 || answer.status == 206 || answer.status == 304) return false;
    bool text = false, has_length = false;
    for (const auto& field : answer.fields()) {
        if (field.id == http::FieldName::content_type) text = is_text(field.value);
        else if (field.id == http::FieldName::content_length) has_length = true;
        else if (is_named(field, "content-encoding")) {
            if (!http::same_token(field.value, "identity")) return false;
        } else if (is_named(field, "content-range") || (is_named(field, "cache-control") && lists(field.value, "no-transform"))) {
            return false;
        }
    }
    return text && (!has_length || answer.content_length >= k_least_bytes);
}

bool names_weak_tag(const http::Head& request) {
    const auto* const field = request.find(http::FieldName::if_none_match);
    return field && field->value.find("W/") != std::string_view::npos;
}

bool put_coded_field(const http::Field& field, const CodingFields& coding, bool& vary_said, std::string& out) {
    if (is_named(field, "vary")) {
        vary_said |= lists(field.value, "accept-encoding") || lists(field.value, "*");
        return false;
    }
    if ((!coding.encoding.empty() || coding.weak_tag) && is_named(field, "etag") && !field.value.starts_with("W/")) {
        out.append(field.name).append(": W/").append(field.value).append("\r\n");
        return true;
    }
    if (coding.encoding.empty()) return false;
    // What they say is true of the worker's bytes only.
    for (const char* name : {"accept-ranges", "content-encoding", "content-md5", "digest", "content-digest", "repr-digest"})
        if (is_named(field, name)) return true;
    return false;
}

void put_coding(const CodingFields& coding, bool vary_said, std::string& out) {
    if (!coding.encoding.empty()) out.append("Content-Encoding: ").append(coding.encoding).append("\r\n");
    if (coding.vary && !vary_said) out.append("Vary: Accept-Encoding\r\n");
}

}  // namespace mt::gateway
