#include "tenant-app/rest/openapi.hpp"

#include <nlohmann/json.hpp>

#include "base/json_file.hpp"

// One document is made from the other, so that the two cannot disagree. It is asked for rarely: the time and memory of a document in
// memory are spent when it is.
namespace mt::app::rest {

namespace {

/// A component's name: letters, digits, dot, hyphen and underscore.
std::string component_name(std::string_view name) {
    if (name.starts_with('$')) name.remove_prefix(1);
    std::string out;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        out += plain ? c : '_';
    }
    return out;
}

/// References point to where OpenAPI 3 keeps schemas; "file" is a binary string there.
ordered_json schema_of(const ordered_json& old) {
    if (old.is_array()) {
        auto out = ordered_json::array();
        for (const auto& item : old) out.push_back(schema_of(item));
        return out;
    }
    if (!old.is_object()) return old;
    auto out = ordered_json::object();
    for (const auto& [key, value] : old.items()) {
        constexpr std::string_view definitions = "#/definitions/";
        const bool reference = key == "$ref" && value.is_string() && value.get_ref<const std::string&>().starts_with(definitions);
        if (reference) out[key] = "#/components/schemas/"
            + component_name(std::string_view{value.get_ref<const std::string&>()}.substr(definitions.size()));
        else if (key == "type" && value == "file") out[key] = "string", out["format"] = "binary";
        else out[key] = schema_of(value);
    }
    return out;
}

ordered_json content_of(const ordered_json& schema, std::initializer_list<const char*> types) {
    auto out = ordered_json::object();
    for (const char* type : types) out[type]["schema"] = schema_of(schema);
    return out;
}

void add_parameter(ordered_json& operation, const ordered_json& old) {
    const auto in = old.value("in", "");
    if (in == "body") {
        operation["requestBody"] = {{"description", old.value("description", "")}, {"required", old.value("required", false)}};
        operation["requestBody"]["content"] = content_of(old["schema"], {"application/json", "application/x-www-form-urlencoded"});
        return;
    }
    auto schema = ordered_json::object();
    auto out = ordered_json::object();
    for (const auto& [key, value] : old.items()) {
        const bool outside = key == "name" || key == "in" || key == "description" || key == "required";
        (outside ? out : schema)[key] = value;
    }
    if (in == "formData") {
        ordered_json form{{"type", "object"}};
        form["properties"][old.value("name", "")] = std::move(schema);
        operation["requestBody"]["content"] = content_of(form, {"application/x-www-form-urlencoded"});
        return;
    }
    out["schema"] = schema_of(schema);
    operation["parameters"].push_back(std::move(out));
}

ordered_json operation_of(const ordered_json& old) {
    auto out = ordered_json::object();
    for (const auto& [key, value] : old.items()) {
        if (key == "parameters") {
            out["parameters"] = ordered_json::array();
            for (const auto& parameter : value) add_parameter(out, parameter);
        } else if (key == "responses") {
            for (const auto& [status, response] : value.items()) {
                auto& now = out["responses"][status];
                now["description"] = response.value("description", "");
                if (!response.contains("schema")) continue;
                const bool stream = response["schema"].value("type", "") == "file";
                now["content"] = content_of(response["schema"], {stream ? "text/event-stream" : "application/json"});
            }
        } else {
            out[key] = value;
        }
    }
    return out;
}

}  // namespace

std::string to_openapi(const std::string& swagger) {
    const auto old = ordered_json::parse(swagger, nullptr, false);
    if (!old.is_object()) return "{}";
    ordered_json out{{"openapi", "3.0.3"}};
    out["info"] = old["info"];
    out["servers"] = ordered_json::array({{{"url", old["basePath"]}}});
    out["tags"] = old["tags"];
    // An empty requirement first: which operations want a token is for the ACLs to say.
    out["security"] = ordered_json::array({ordered_json::object(), {{"header", ordered_json::array()}},
        {{"query", ordered_json::array()}}});
    out["paths"] = ordered_json::object();
    for (const auto& [path, verbs] : old["paths"].items())
        for (const auto& [verb, operation] : verbs.items()) out["paths"][path][verb] = operation_of(operation);
    auto& components = out["components"];
    components["securitySchemes"]["header"] = {{"type", "apiKey"}, {"in", "header"}, {"name", "Authorization"}};
    components["securitySchemes"]["query"] = {{"type", "apiKey"}, {"in", "query"}, {"name", "access_token"}};
    for (const auto& [name, definition] : old["definitions"].items()) components["schemas"][component_name(name)] = schema_of(definition);
    return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace mt::app::rest
