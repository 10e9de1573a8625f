#include "tenant-app/query/coerce.hpp"

#include <cmath>

#include "tenant-app/query/js.hpp"
#include "tenant-app/query/parse.hpp"

namespace mt::app {

namespace {

bool to_boolean(const json& value) {
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        return !text.empty() && text != "false" && text != "0";
    }
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return value.get<double>() != 0;
    return !value.is_null();
}

/// LoopBack's GeoPoint: {lat, lng}, [lat, lng] or "lat,lng".
Result<Value> to_point(const json& value) {
    json lat, lng;
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        const auto comma = text.find(',');
        if (comma == std::string::npos) return refused("must provide a string \"lng,lat\" creating a GeoPoint with a string");
        lat = text.substr(0, comma);
        lng = text.substr(comma + 1);
    } else if (value.is_array()) {
        if (value.size() == 2) lat = value[0], lng = value[1];
    } else if (value.is_object()) {
        lat = value.value("lat", json{});
        lng = value.value("lng", json{});
    }
    const auto number = [](const json& part) { return part.is_null() ? std::nan("") : js::to_number(part); };
    const double a = number(lat), b = number(lng);
    if (std::isnan(a)) return refused("lat must be a number when creating a GeoPoint");
    if (std::isnan(b)) return refused("lng must be a number when creating a GeoPoint");
    if (a > 90) return refused("lat must be <= 90");
    if (a < -90) return refused("lat must be >= -90");
    if (b > 180) return refused("lng must be <= 180");
    if (b < -180) return refused("lng must be >= -180");
    return Value{{"lat", js::number_value(a)}, {"lng", js::number_value(b)}};
}

Result<Coerced> coerce_one(Type type, const json& value) {
    switch (type) {
        case Type::string: return Coerced{value.is_string() ? value : json(js::to_text(value))};
        case Type::number: return Coerced{js::number_value(js::to_number(value))};
        case Type::boolean: return Coerced{to_boolean(value)};
        case Type::date: {
            const auto time = js::to_time(value);
            if (!time) return Coerced{nullptr, true};
            return Coerced{js::iso_date(*time)};
        }
        case Type::geopoint: {
            MT_TRY(auto point, to_point(value));
            return Coerced{std::move(point)};
        }
        case Type::any:
        case Type::object:
        case Type::buffer: break;
    }
    return Coerced{value};
}

Result<Coerced> coerce_list(Type type, const json& value) {
    json items = value;
    if (value.is_string()) {
        items = json::parse(value.get_ref<const std::string&>(), nullptr, false);
        if (items.is_discarded()) return refused("could not create List from JSON string: " + js::to_json(value));
    }
    if (!items.is_array()) return refused("Items must be an array: " + js::to_json(value));
    for (auto& item : items) {
        // Lists in lists stay as they are; a null among texts becomes "null", as String(null) does.
        if (item.is_array() || (item.is_null() && type != Type::string)) continue;
        MT_TRY(auto one, coerce_one(type, item));
        item = std::move(one.value);
    }
    return Coerced{std::move(items)};
}

}  // namespace

Result<Coerced> coerce(const Property& property, const json& value) {
    if (value.is_null() || value.is_discarded()) return Coerced{value};
    return property.array ? coerce_list(property.type, value) : coerce_one(property.type, value);
}

Value coerce_operand(Type type, const json& given) {
    if (given.is_null() || given.is_discarded()) return nullptr;
    // JavaScript compares an array through its text: ["Alice"] == "Alice".
    const json value = given.is_array() ? json(js::to_text(given)) : given;
    switch (type) {
        case Type::string: return js::to_text(value);
        case Type::number: {
            auto number = js::number_value(js::to_number(value));
            return number.is_null() ? undefined() : number;
        }
        case Type::boolean: return to_boolean(value);
        case Type::date: {
            const auto time = js::to_time(value);
            return time ? Value(js::iso_date(*time)) : undefined();
        }
        case Type::any:
        case Type::object:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return value;
}

Value coerce_id(const Property& id, std::string_view text) {
    if (id.type == Type::number) {
        // The URL's "true" is a boolean to LoopBack's remoting, and then 1.
        if (text == "true") return 1;
        if (text == "null" || text == "undefined" || text.empty()) return undefined();
        return coerce_operand(Type::number, json(text));
    }
    if (id.type == Type::any) {
        const double number = js::to_number(text);
        if (!text.empty() && std::isfinite(number)) return js::number_value(number);
    }
    return coerce_operand(id.type == Type::any ? Type::string : id.type, json(text));
}

}  // namespace mt::app
