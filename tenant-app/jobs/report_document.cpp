#include "tenant-app/jobs/report_document.hpp"

#include "base/utf8.hpp"
#include "tenant-app/rest/text.hpp"

namespace mt::app {

using rest::append_number;

namespace {

/// Messages and file names are bytes; whoever reads the document parses it.
void append_quoted(std::string& out, std::string_view text) { rest::append_quoted(out, as_utf8(text)); }

}  // namespace

std::string error_text(const Error& error) {
    const auto& place = error.place();
    std::string out = "{\"code\":";
    append_quoted(out, name(error.code()));
    out += ",\"message\":";
    append_quoted(out, error.message());
    const auto member = [&](std::string_view key, std::string_view value) {
        if (value.empty()) return;
        out += ",\"";
        out.append(key).append("\":");
        append_quoted(out, value);
    };
    member("tenant", place.tenant);
    member("file", place.file);
    if (place.line) {
        out += ",\"line\":";
        append_number(out, place.line);
    }
    member("pointer", place.pointer);
    member("hint", place.hint);
    return out += '}';
}

std::string ok_text(const std::vector<std::string>& warnings) {
    std::string out = "{\"ok\":true,\"data\":{\"warnings\":[";
    for (std::size_t i = 0; i < warnings.size(); ++i) {
        if (i > 0) out += ',';
        append_quoted(out, warnings[i]);
    }
    return out += "]}}";
}

std::string failed_text(const Error& error) { return "{\"ok\":false,\"error\":" + error_text(error) + "}"; }

int exit_code_of(const Error& error) {
    if (error.code() == Errc::invalid_config) return 6;
    return error.code() == Errc::no_such_tenant ? 4 : 1;
}

}  // namespace mt::app
