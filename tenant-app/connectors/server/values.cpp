#include "tenant-app/connectors/server/values.hpp"

#include <charconv>

#include "tenant-app/query/js.hpp"

namespace mt::app::server {

std::string well_formed(std::string text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    for (auto at = text.find('\xED'); at != std::string::npos; at = text.find('\xED', at + 1))
        if (at + 2 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) text.replace(at, 3, replacement);
    return text;
}

std::string plain_text(const Value& value) {
    if (value.is_string()) return well_formed(value.get<std::string>());
    return value.is_structured() ? well_formed(js::to_json(value)) : js::to_text(value);
}

Value number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
    return js::number_value(js::to_number(text));
}

Value parse_stored(std::string_view text) {
    auto value = parse_json(text);
    return value.ok() ? *std::move(value) : Value(text);
}

Value from_text(const Property& property, std::string_view text) {
    if (property.array) return parse_stored(text);
    switch (property.type) {
        case Type::string: return Value(text);
        case Type::number: return number_of(text);
        case Type::boolean: return text == "true" || text == "t" || text == "1";
        case Type::date: {
            const auto time = js::parse_date(text);
            return time ? Value(js::iso_date(*time)) : Value{};
        }
        case Type::any:
        case Type::object:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return parse_stored(text);
}

bool is_strict_utf8(std::string_view text) {
    if (!js::is_utf8(text)) return false;
    for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1))
        if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return false;
    return true;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

}  // namespace mt::app::server
