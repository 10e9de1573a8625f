#include "tenant-app/crud/inspect.hpp"

#include <algorithm>

#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

constexpr std::size_t k_length_max = 32;

bool inside_character(const std::string& text, std::size_t at) { return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; }

/// LoopBack's truncatePropertyString: trailing brackets are kept, three at most, or else the last three characters.
std::string shortened(const std::string& text) {
    if (text.size() <= k_length_max) return text;
    const auto brackets = text.size() - 1 - std::min(text.find_last_not_of(" \t})]"), text.size() - 1);
    const auto kept = brackets > 0 ? std::min<std::size_t>(brackets, 3) : 3;
    std::size_t cut = k_length_max - kept - 4, tail = text.size() - kept;
    while (cut > 0 && inside_character(text, cut)) --cut;
    while (inside_character(text, tail)) ++tail;
    return text.substr(0, cut) + "..." + text.substr(tail);
}

std::string quoted(const std::string& text) {
    // Node takes the quotation mark that need not be escaped.
    const char mark = text.find('\'') == std::string::npos ? '\'' : text.find('"') == std::string::npos ? '"' : '\'';
    std::string out{mark};
    for (const char c : text) {
        if (c == mark || c == '\\') out += '\\';
        if (c == '\n') out += "\\n";
        else out += c;
    }
    return out + mark;
}

bool is_identifier(const std::string& name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; };
    return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string inspected(const Value& value, int depth) {
    if (value.is_string()) return quoted(value.get<std::string>());
    if (!value.is_structured()) return value.is_discarded() ? "undefined" : js::to_json(value);
    if (value.empty()) return value.is_array() ? "[]" : "{}";
    if (depth < 0) return value.is_array() ? "[Array]" : "[Object]";
    std::vector<std::string> entries;
    for (const auto& [key, member] : value.items()) {
        if (entries.size() == 100) break;  // no more is ever shown
        const auto text = inspected(member, depth - 1);
        entries.push_back(value.is_array() ? text : (is_identifier(key) ? key : quoted(key)) + ": " + text);
    }
    std::size_t width = 2 * entries.size() + 11;
    for (const auto& entry : entries) width += entry.size();
    const bool wide = width > 80;
    std::string out = value.is_array() ? "[" : "{";
    for (std::size_t i = 0; i < entries.size(); ++i) out += (i ? "," : "") + std::string{wide ? "\n  " : " "} + entries[i];
    return out + (wide ? "\n" : " ") + (value.is_array() ? "]" : "}");
}

}  // namespace

std::string shown_value(const Value& value) {
    if (value.is_string()) return js::to_json(shortened(value.get<std::string>()));
    if (value.is_structured()) return shortened(inspected(value, value.is_array() ? 1 : 0));
    return shortened(js::to_text(value));
}

}  // namespace mt::app
