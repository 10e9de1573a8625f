#include "mtm/property.hpp"

#include <algorithm>

#include "mtm/model_name.hpp"
#include "mtm/printable.hpp"

namespace mt::mtm {

namespace {

bool take_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

std::string listed_types() {
    std::string out;
    for (const auto& type : property_types()) out += (out.empty() ? "" : " ") + type;
    return out;
}

}  // namespace

const std::vector<std::string>& property_types() {
    static const std::vector<std::string> types = {"string", "number", "boolean",  "date",  "object",
                                                   "array",  "any",    "geopoint", "buffer"};
    return types;
}

Result<Property> parse_property(std::string_view typed) {
    Property property;
    auto rest = typed;
    property.required = take_suffix(rest, "!");
    property.array = take_suffix(rest, "[]");
    const auto colon = rest.find(':');
    property.name = rest.substr(0, colon);
    if (colon != std::string_view::npos) property.type = rest.substr(colon + 1);

    if (!is_identifier(property.name) || is_reserved_in_javascript(property.name))
        return Error{Errc::invalid_name, in_quotes(typed) + ": " + in_quotes(property.name) + " cannot be a property's name"}.hint(
            "a property is typed name:type, with [] for an array and ! for required: name:string! tags:string[]");
    const auto& types = property_types();
    if (std::find(types.begin(), types.end(), property.type) == types.end())
        return Error{Errc::usage, in_quotes(typed) + ": there is no type " + in_quotes(property.type)}.hint("the types are " +
                                                                                                  listed_types());
    return property;
}

Result<std::vector<Property>> parse_properties(const std::vector<std::string>& typed) {
    std::vector<Property> properties;
    for (const auto& word : typed) {
        MT_TRY(auto property, parse_property(word));
        for (const auto& other : properties)
            if (equal_ignoring_case(other.name, property.name))
                return Error{Errc::usage, "the property " + in_quotes(property.name) + " is given twice"};
        properties.push_back(std::move(property));
    }
    return properties;
}

}  // namespace mt::mtm
