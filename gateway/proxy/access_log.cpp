#include "gateway/proxy/access_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "base/http/syntax.hpp"
#include "base/units.hpp"

namespace mt::gateway {

namespace {

using std::chrono::microseconds;
using std::chrono::system_clock;

constexpr std::size_t k_buffer_bytes_max = 32u << 10;
constexpr std::size_t k_value_bytes_max = 2048;  // of one field: a line stays far below what one write takes at once
constexpr std::string_view k_mask = "...";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Decoded once and in small letters: `Access%5FToken` is no way around.
std::string plain_name(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '%' && i + 2 < text.size() && http::hex_digit(text[i + 1]) >= 0 && http::hex_digit(text[i + 2]) >= 0;
        out += lower(escaped ? static_cast<char>(http::hex_digit(text[i + 1]) * 16 + http::hex_digit(text[i + 2])) : text[i]);
        if (escaped) i += 2;
    }
    return out;
}

bool is_secret(std::string_view name) {
    const auto text = plain_name(name);
    constexpr const char* k_words[] = {"token", "pass", "pwd", "secret", "key", "auth", "code", "sig", "session", "credential", "jwt"};
    for (const char* word : k_words)
        if (text.find(word) != std::string::npos) return true;
    return false;
}

void put_masked_query(std::string_view query, std::string& out) {
    for (;;) {
        const auto end = std::min(query.find('&'), query.size());
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        const bool secret = equals != std::string_view::npos && is_secret(pair.substr(0, equals));
        if (secret) out.append(pair.substr(0, equals + 1)).append(k_mask);
        else out.append(pair);
        if (end == query.size()) return;
        out += '&';
        query.remove_prefix(end + 1);
    }
}

/// `escape` writes one byte that may not stand as it is.
template <class Escape>
void put_escaped(std::string& out, std::string_view text, Escape escape) {
    if (text.empty()) text = "-";
    for (const char c : text.substr(0, k_value_bytes_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') out += c;
        else escape(byte);
    }
}

void put_quoted(std::string& out, std::string_view text) {
    out += '"';
    put_escaped(out, text, [&](unsigned char byte) {
        for (const char c : {'\\', 'x', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]}) out += c;
    });
    out += '"';
}

void put_number(std::string& out, std::uint64_t number) {
    char text[24];
    out.append(text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, number).ptr - text));
}

/// With three decimals: 1234567 µs is 1.235 in units of a million, 1234.567 in units of a thousand.
void put_duration(std::string& out, microseconds duration, std::uint64_t unit) {
    const auto thousandths = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)) * 1000 / unit;
    put_number(out, thousandths / 1000);
    const auto rest = thousandths % 1000;
    out += '.';
    for (const auto part : {rest / 100, rest / 10 % 10, rest % 10}) out += static_cast<char>('0' + part);
}

class JsonLine {
public:
    explicit JsonLine(std::string& out) : out_(out) {}
    void text(std::string_view key, std::string_view value) {
        if (value.empty()) return;
        name(key);
        out_ += '"';
        put_escaped(out_, value, [this](unsigned char byte) {
            for (const char c : {'\\', 'u', '0', '0', "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]}) out_ += c;
        });
        out_ += '"';
    }
    void number(std::string_view key, std::uint64_t value) {
        name(key);
        put_number(out_, value);
    }
    void duration(std::string_view key, microseconds value) {
        name(key);
        put_duration(out_, value, 1000);
    }

private:
    void name(std::string_view key) {
        out_ += first_ ? '{' : ',';
        first_ = false;
        out_.append("\"").append(key).append("\":");
    }
    std::string& out_;
    bool first_ = true;
};

}  // namespace

std::string masked_target(std::string_view target) {
    std::string out;
    const auto query = std::min(target.find('?'), target.size());
    const auto path = target.substr(0, query);
    bool secret = false;  // the segment behind LoopBack's access tokens is one of them
    for (std::size_t at = 0; at < path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto segment = path.substr(at, end - at);
        out.append(secret && !segment.empty() ? k_mask : segment);
        secret = plain_name(segment) == "accesstokens";
        if (end < path.size()) out += '/';
        at = end + 1;
    }
    if (query == target.size()) return out;
    out += '?';
    put_masked_query(target.substr(query + 1), out);
    return out;
}

AccessNote::AccessNote(const http::Head& head)
    : method(head.method.substr(0, k_value_bytes_max)), target(masked_target(head.target)), version_minor(head.version_minor) {
    if (const auto* agent = head.find(http::FieldName::user_agent)) user_agent = agent->value;
    for (const auto& field : head.fields())
        if (field.name.size() == 7 && plain_name(field.name) == "referer") {
            // http://user:password@host/…
            const auto scheme = field.value.find("://");
            const auto authority = scheme == std::string_view::npos ? 0 : scheme + 3;
            const auto at = field.value.substr(authority, field.value.find('/', authority) - authority).rfind('@');
            referer = masked_target(at == std::string_view::npos ? field.value : field.value.substr(authority + at + 1));
        }
}

void put_combined(const AccessNote& note, const AccessLine& line, system_clock::time_point now, std::string& out) {
    const std::time_t seconds = system_clock::to_time_t(now);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char time[40];
    const auto length = std::strftime(time, sizeof time, " - - [%d/%b/%Y:%H:%M:%S +0000] ", &parts);
    out.append(line.peer).append(time, length);
    if (note.method.empty()) put_quoted(out, "-");
    else put_quoted(out, note.method + " " + note.target + (note.version_minor ? " HTTP/1.1" : " HTTP/1.0"));
    out += ' ';
    put_number(out, line.status);
    out += ' ';
    put_number(out, line.bytes_out);
    for (const auto& text : {note.referer, note.user_agent}) {
        out += ' ';
        put_quoted(out, text);
    }
    for (const auto& id : {line.tenant, line.request_id}) out.append(" ").append(id.empty() ? "-" : id);
    for (const auto duration : {line.total, line.queue, line.worker}) {
        out += ' ';
        put_duration(out, duration, 1'000'000);
    }
    out += '\n';
}

void put_json(const AccessNote& note, const AccessLine& line, system_clock::time_point now, std::string& out) {
    JsonLine object{out};
    object.text("time", format_time(now));
    object.text("tenant", line.tenant);
    object.text("request_id", line.request_id);
    object.text("trace_id", line.trace_id);
    object.text("span_id", line.span_id);
    object.text("peer", line.peer);
    object.text("method", note.method);
    object.text("target", note.target);
    object.text("protocol", note.method.empty() ? "" : note.version_minor ? "HTTP/1.1" : "HTTP/1.0");
    object.number("status", line.status);
    object.number("bytes_in", line.bytes_in);
    object.number("bytes_out", line.bytes_out);
    object.duration("duration_ms", line.total);
    object.duration("queue_ms", line.queue);
    object.duration("worker_ms", line.worker);
    object.text("referer", note.referer);
    object.text("user_agent", note.user_agent);
    out.append("}\n");
}

Status AccessLog::open(const AccessLogOptions& options) {
    flush();
    if (options.file.empty()) return {};
    // Never blocks: neither a pipe without a reader nor a terminal stops the loop.
    Fd file{::open(options.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640)};
    if (!file) return errno_error("open the access log", options.file);
    file_ = std::move(file);
    json_ = options.json;
    return {};
}

void AccessLog::write(const AccessNote& note, const AccessLine& line) {
    const auto now = system_clock::now();
    if (json_) put_json(note, line, now, buffer_);
    else put_combined(note, line, now, buffer_);
    if (buffer_.size() >= k_buffer_bytes_max) flush();
}

void AccessLog::flush() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        const auto put = ::write(file_.get(), left.data(), left.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) break;
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    lost_ += static_cast<std::uint64_t>(std::count(left.begin(), left.end(), '\n'));
    buffer_.clear();
}

}  // namespace mt::gateway
