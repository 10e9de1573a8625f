#include "mtm/property.hpp"

#include <algorithm>

#include "base/printable.hpp"
#include "mtm/model_name.hpp"

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

const std::vector<std::string>& relation_types() {
    static const std::vector<std::string> types = {"hasMany", "belongsTo", "hasOne"};
    return types;
}

namespace {

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ':') parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

bool is_relation(const std::vector<std::string>& parts) {
    const auto& types = relation_types();
    return parts.size() >= 2 && std::find(types.begin(), types.end(), parts[1]) != types.end();
}

Result<Relation> parse_relation(std::string_view typed, std::vector<std::string> parts) {
    if (parts.size() < 3 || parts.size() > 4)
        return Error{Errc::usage, in_quotes(typed) + " is not a relation"}.hint(
            "a relation is typed name:type:Model, for example orders:hasMany:Order");
    for (std::size_t at = 0; at < parts.size(); ++at)
        if (at != 1 && (!is_identifier(parts[at]) || is_reserved_in_javascript(parts[at])))
            return Error{Errc::invalid_name, in_quotes(typed) + ": " + in_quotes(parts[at]) + " cannot be a name"};
    Relation relation{std::move(parts[0]), std::move(parts[1]), std::move(parts[2]), {}};
    if (parts.size() == 4) relation.foreign_key = std::move(parts[3]);
    return relation;
}

}  // namespace

Result<Members> parse_members(const std::vector<std::string>& typed) {
    Members members;
    std::vector<std::string> names;
    for (const auto& word : typed) {
        if (auto parts = split(word); is_relation(parts)) {
            MT_TRY(auto relation, parse_relation(word, std::move(parts)));
            members.relations.push_back(std::move(relation));
            names.push_back(members.relations.back().name);
        } else {
            MT_TRY(auto property, parse_property(word));
            members.properties.push_back(std::move(property));
            names.push_back(members.properties.back().name);
        }
        const auto same = [&](const std::string& other) { return equal_ignoring_case(other, names.back()); };
        if (std::any_of(names.begin(), names.end() - 1, same))
            return Error{Errc::usage, in_quotes(names.back()) + " is given twice"};
    }
    return members;
}

}  // namespace mt::mtm
