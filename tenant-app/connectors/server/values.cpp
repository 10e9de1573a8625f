#include "tenant-app/connectors/server/values.hpp"

#include <charconv>

#include "tenant-app/query/js.hpp"

namespace mt::app::server {

std::string plain_text(const Value& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_structured() ? js::to_json(value) : js::to_text(value);
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

}  // namespace mt::app::server
