#include <array>
#include <cctype>

#include "tenant-app/model/nearest.hpp"
#include "tenant-app/model/parse_column.hpp"
#include "tenant-app/model/parse_model.hpp"

namespace mt::app {

namespace {

struct TypeName {
    std::string_view name;  ///< lower case: LoopBack looks types up without regard to case
    Type type;
};
constexpr std::array k_types = {
    TypeName{"string", Type::string},   TypeName{"text", Type::string},    TypeName{"number", Type::number},
    TypeName{"integer", Type::number},  TypeName{"boolean", Type::boolean}, TypeName{"bool", Type::boolean},
    TypeName{"date", Type::date},       TypeName{"datestring", Type::string}, TypeName{"object", Type::object},
    TypeName{"json", Type::object},     TypeName{"any", Type::any},        TypeName{"objectid", Type::any},
    TypeName{"geopoint", Type::geopoint}, TypeName{"point", Type::geopoint}, TypeName{"buffer", Type::buffer},
};

std::string lowered(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

class PropertyParser {
public:
    PropertyParser(const JsonFile& file, const ModelSources& models) : file_(file), models_(models) {}

    Status type(const ordered_json& value, const std::string& pointer, Property& property) const {
        if (value.is_array()) {
            property.array = true;
            if (value.empty()) return {};  // items of any type
            if (value.size() > 1 || value[0].is_array()) {
                return file_.error_at(pointer, "a list type holds the type of its items: [\"string\"]");
            }
            return type(value[0], pointer + "/0", property);
        }
        if (value.is_object()) {
            // {"type": [{"type": "string"}]}, or an inline description of an object's parts
            if (const auto it = value.find("type"); it != value.end() && (it->is_string() || it->is_array())) {
                return type(*it, pointer + "/type", property);
            }
            property.type = Type::object;
            return {};
        }
        if (!value.is_string()) return file_.error_at(pointer, "the type of a property is a text such as \"string\"");
        return named(value.get_ref<const std::string&>(), pointer, property);
    }

private:
    Status named(const std::string& name, const std::string& pointer, Property& property) const {
        const auto lower = lowered(name);
        if (lower == "array") {
            property.array = true;
            property.type = Type::any;
            return {};
        }
        for (const auto& [known, type] : k_types) {
            if (known == lower) {
                property.type = type;
                return {};
            }
        }
        for (const auto& [model, source] : models_) {
            if (lowered(model) == lower) {
                property.type = Type::object;
                return {};
            }
        }
        std::vector<std::string> known{"string", "number", "boolean", "date", "object", "any", "array", "geopoint", "buffer"};
        return file_.error_at(pointer, "unknown property type \"" + name + "\"").hint(known_hint(name, known));
    }

    const JsonFile& file_;
    const ModelSources& models_;
};

bool truthy(const ordered_json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return value.get<double>() != 0;
    return !value.is_null() && !(value.is_string() && value.get_ref<const std::string&>().empty());
}

DefaultFn default_fn(const std::string& name) {
    if (name == "now") return DefaultFn::now;
    if (name == "guid") return DefaultFn::guid;
    if (name == "uuid" || name == "uuidv4") return DefaultFn::uuid;
    if (name == "nanoid" || name == "shortid") return DefaultFn::nanoid;
    return DefaultFn::none;
}

Status options(const JsonFile& file, const std::string& pointer, const ordered_json& value, std::string_view connector,
               Property& property, std::vector<std::string>& warnings) {
    for (const auto& [key, option] : value.items()) {
        const auto at = pointer + "/" + pointer_escape(key);
        if (key == "id") property.id = truthy(option);
        else if (key == "generated") property.generated = truthy(option);
        else if (key == "required") property.required = truthy(option);
        else if (key == "unique") property.unique = truthy(option);
        else if (key == "default") property.default_value = std::make_shared<const json>(option);
        else if (key == "length" || key == "limit") {
            if (!option.is_number_unsigned()) return file.error_at(at, "\"" + key + "\" is a number of characters");
            property.length = option.get<unsigned>();
        } else if (key == "description") {
            property.description = option.is_string() ? option.get<std::string>() : option.dump();
        } else if (key == "defaultFn") {
            if (!option.is_string()) return file.error_at(at, "\"defaultFn\" is a name: now, guid, uuid or nanoid");
            property.default_fn = default_fn(option.get_ref<const std::string&>());
            if (property.default_fn == DefaultFn::none) {
                return file.error_at(at, "unknown defaultFn \"" + option.get<std::string>() + "\"")
                    .hint(known_hint(option.get_ref<const std::string&>(), {"now", "guid", "uuid", "nanoid"}));
            }
        } else if (key == "index") {
            property.indexed = truthy(option);
            if (option.is_object() && option.contains("unique")) property.unique = truthy(option["unique"]);
        } else if (key == connector || (connector == "sqlite" && key == "sqlite3") ||
                   (connector == "mariadb" && key == "mysql")) {
            MT_CHECK(parse_column(file, at, option, property));
        }
    }
    if (property.default_value && property.default_fn != DefaultFn::none) {
        warnings.push_back(warning_line(file, pointer, "\"default\" is overruled by \"defaultFn\""));
        property.default_value = nullptr;
    }
    return {};
}

/// LoopBack's `"type": "ObjectID"`, which means something to MongoDB only.
void settle_object_id(const ordered_json& value, std::string_view connector, Property& property) {
    const auto* type = &value;
    if (value.is_object() && value.contains("type")) type = &value["type"];
    if (connector != "mongodb" || !type->is_string() || lowered(type->get_ref<const std::string&>()) != "objectid") return;
    property.type = Type::string;
}

}  // namespace

Result<Property> parse_property(const JsonFile& file, const std::string& pointer, const std::string& name,
                                const ordered_json& value, const ModelSources& models, std::string_view connector,
                                std::vector<std::string>& warnings) {
    Property property;
    property.name = name;
    property.column = name;
    const PropertyParser parser{file, models};
    if (!value.is_object()) {
        MT_CHECK(parser.type(value, pointer, property));
        settle_object_id(value, connector, property);
        return property;
    }
    if (const auto it = value.find("type"); it != value.end()) {
        MT_CHECK(parser.type(*it, pointer + "/type", property));
        settle_object_id(value, connector, property);
        MT_CHECK(options(file, pointer, value, connector, property, warnings));
    } else if (value.contains("id") || value.contains("required") || value.contains("default") || value.contains("defaultFn")) {
        // LoopBack takes a property without a type, but with options, as any.
        MT_CHECK(options(file, pointer, value, connector, property, warnings));
    } else {
        property.type = Type::object;
    }
    return property;
}

}  // namespace mt::app
