#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "tenant-app/query/js.hpp"

namespace mt::app::js {

namespace {

/// JavaScript has doubles only: what does not fit one exactly prints as the nearest one.
template <class Integer>
void append_integer(std::string& out, Integer number) {
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    if (std::cmp_greater(number, exact) || std::cmp_less(number, -exact)) return append_number(out, static_cast<double>(number));
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

void append_any_number(std::string& out, const json& value) {
    if (const auto* number = value.get_ptr<const json::number_unsigned_t*>()) append_integer(out, *number);
    else if (const auto* integer = value.get_ptr<const json::number_integer_t*>()) append_integer(out, *integer);
    else append_number(out, value.get<double>());
}

/// The length of the valid UTF-8 sequence at `at`, 0 if there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const bool fits = !(lead == 0xE0 && byte(1) < 0xA0) && !(lead == 0xED && byte(1) > 0x9F);
        return fits && tail(1) && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const bool fits = !(lead == 0xF0 && byte(1) < 0x90) && !(lead == 0xF4 && byte(1) > 0x8F);
        return fits && tail(1) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

/// Whether all of eight bytes stand for themselves between quotes; looks at them at once. May deny it of a block with a byte that needs care.
bool all_plain(const char* bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
    std::uint64_t block = 0;
    std::memcpy(&block, bytes, sizeof block);
    const auto has_zero = [](std::uint64_t word) { return (word - ones) & ~word; };
    const auto below_space = (block - ones * ' ') & ~block;
    return ((block | below_space | has_zero(block ^ ones * '"') | has_zero(block ^ ones * '\\')) & high) == 0;
}

void append_escape(std::string& out, unsigned char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
    }
    constexpr char k_hex[] = "0123456789abcdef";
    out += "\\u00";
    out += k_hex[c >> 4];
    out += k_hex[c & 15];
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (at + 8 <= text.size() && all_plain(text.data() + at)) {
            at += 8;
            continue;
        }
        const auto c = static_cast<unsigned char>(text[at]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            ++at;
            continue;
        }
        const std::size_t length = c < 0x80 ? 0 : sequence_length(text, at);
        if (length > 0) {
            at += length;
            continue;
        }
        out.append(text, start, at - start);
        if (c < 0x80) {
            append_escape(out, c);
        } else if (c == 0xED && at + 2 < text.size() && (text[at + 1] & 0xE0) == 0xA0 && (text[at + 2] & 0xC0) == 0x80) {
            // Half a surrogate pair (parse_json keeps it so): JSON.stringify writes it as an escape.
            constexpr char k_hex[] = "0123456789abcdef";
            const unsigned unit = 0xD000u | (static_cast<unsigned>(text[at + 1]) & 0x3Fu) << 6 | (static_cast<unsigned>(text[at + 2]) & 0x3Fu);
            out.append("\\ud");
            for (const unsigned shift : {8u, 4u, 0u}) out += k_hex[unit >> shift & 15u];
            at += 2;
        } else {
            out += "\xEF\xBF\xBD";
        }
        start = ++at;
    }
    out.append(text, start);
    out += '"';
}

void append_json(std::string& out, const json& value) {
    switch (value.type()) {
        case json::value_t::null:
        case json::value_t::discarded:
        case json::value_t::binary: out += "null"; return;
        case json::value_t::boolean: out += value.get<bool>() ? "true" : "false"; return;
        case json::value_t::number_integer:
        case json::value_t::number_unsigned: append_any_number(out, value); return;
        case json::value_t::number_float:
            if (std::isfinite(value.get<double>())) append_number(out, value.get<double>());
            else out += "null";
            return;
        case json::value_t::string: append_quoted(out, value.get_ref<const std::string&>()); return;
        case json::value_t::array: {
            out += '[';
            bool first = true;
            for (const auto& item : value) {
                if (!first) out += ',';
                first = false;
                append_json(out, item);
            }
            out += ']';
            return;
        }
        case json::value_t::object: {
            out += '{';
            bool first = true;
            for (const auto& [key, item] : value.items()) {
                if (item.is_discarded()) continue;
                if (!first) out += ',';
                first = false;
                append_quoted(out, key);
                out += ':';
                append_json(out, item);
            }
            out += '}';
            return;
        }
    }
}

const json& member(const json& object, std::string_view name) {
    static const json k_none;
    const auto it = object.find(name);
    return it == object.end() ? k_none : *it;
}

bool is_truthy(const json& value) {
    if (value.is_string()) return !value.get_ref<const std::string&>().empty();
    if (value.is_number()) return value.get<double>() < 0 || value.get<double>() > 0;
    return !value.is_null() && value != false;
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto length = sequence_length(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

std::string to_json(const json& value) {
    std::string out;
    append_json(out, value);
    return out;
}

std::string to_text(const json& value) {
    switch (value.type()) {
        case json::value_t::null: return "null";
        case json::value_t::discarded: return "undefined";
        case json::value_t::boolean: return value.get<bool>() ? "true" : "false";
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float: {
            std::string out;
            append_any_number(out, value);
            return out;
        }
        case json::value_t::string: return value.get<std::string>();
        case json::value_t::array: {
            std::string out;
            for (std::size_t i = 0; i < value.size(); ++i) {
                if (i > 0) out += ',';
                if (!value[i].is_null() && !value[i].is_discarded()) out += to_text(value[i]);
            }
            return out;
        }
        case json::value_t::object:
        case json::value_t::binary: break;
    }
    return "[object Object]";
}

}  // namespace mt::app::js
