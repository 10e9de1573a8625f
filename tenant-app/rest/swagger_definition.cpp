#include <nlohmann/json.hpp>

#include "tenant-app/rest/swagger.hpp"
#include "tenant-app/rest/text.hpp"

namespace mt::app::rest {

namespace {

std::string_view schema_of(Type type) {
    switch (type) {
        case Type::any: return "\"$ref\":\"#/definitions/x-any\"";
        case Type::string: return "\"type\":\"string\"";
        case Type::number: return "\"type\":\"number\",\"format\":\"double\"";
        case Type::boolean: return "\"type\":\"boolean\"";
        case Type::date: return "\"type\":\"string\",\"format\":\"date-time\"";
        case Type::object: return "\"type\":\"object\"";
        case Type::geopoint: return "\"$ref\":\"#/definitions/GeoPoint\"";
        case Type::buffer: return "\"type\":\"string\",\"format\":\"byte\"";
    }
    return "\"type\":\"object\"";
}

void append_property(std::string& out, const Property& property) {
    append_quoted(out, property.name);
    out += ":{";
    if (!property.description.empty()) {
        out += "\"description\":";
        append_quoted(out, property.description);
        out += ',';
    }
    if (property.embedded) {
        // An instance of its own definition; LoopBack shows no default of these.
        if (property.array) out += "\"type\":\"array\",\"items\":{";
        out += "\"$ref\":";
        append_quoted(out, "#/definitions/" + property.embedded->name);
        out += property.array ? "}}" : "}";
        return;
    }
    if (property.default_value && !property.injected) {
        out += "\"default\":";
        out += property.default_value->dump(-1, ' ', false, json::error_handler_t::replace);
        out += ',';
    }
    if (property.length) {
        out += "\"maxLength\":";
        append_number(out, *property.length);
        out += ',';
    }
    if (property.array) out.append("\"type\":\"array\",\"items\":{").append(schema_of(property.type)).append("}}");
    else out.append(schema_of(property.type)).append("}");
}

/// LoopBack demands the id of a model whose database does not make it.
bool is_required(const Property& property) { return property.required || (property.id && !property.generated); }

}  // namespace

bool has_new_definition(const Model& model) { return model.persisted && model.id().generated && model.force_id; }

void append_definition(std::string& out, const Model& model, bool creating) {
    out += "{\"properties\":{";
    bool first = true;
    std::string required;
    for (const auto& property : model.properties) {
        if (model.is_hidden(property.name) || (creating && property.id && property.generated)) continue;
        if (!first) out += ',';
        first = false;
        append_property(out, property);
        if (!is_required(property)) continue;
        required += required.empty() ? "" : ",";
        append_quoted(required, property.name);
    }
    out += '}';
    if (!required.empty()) out.append(",\"required\":[").append(required).append("]");
    if (!model.description.empty()) {
        out += ",\"description\":";
        append_quoted(out, model.description);
    }
    out += ",\"additionalProperties\":false}";
}

}  // namespace mt::app::rest
