#include "mtm/model_name.hpp"

#include <algorithm>
#include <array>

#include "base/printable.hpp"

namespace mt::mtm {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// LoopBack's base models and the names of data types: `"type": "Date"` could not tell which is meant.
constexpr std::array<std::string_view, 13> k_taken = {"Model",  "PersistedModel", "KeyValueModel", "String", "Number",
                                                      "Boolean", "Date",          "Object",        "Array",  "Any",
                                                      "Buffer", "GeoPoint",       "Function"};

Error bad_name(std::string_view typed, std::string why) {
    return Error{Errc::invalid_name, in_quotes(typed) + " cannot be a model's name: " + std::move(why)}.hint(
        "a model's name is a letter followed by letters, digits and _, for example Customer");
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() <= 63 && !is_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_reserved_in_javascript(std::string_view text) {
    static constexpr std::array<std::string_view, 13> k_names = {
        "constructor",      "prototype",        "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable",
        "toLocaleString",   "toString",         "valueOf",        "toJSON",        "__proto__",
        "__defineGetter__", "__defineSetter__", "__lookupGetter__"};
    return std::find(k_names.begin(), k_names.end(), text) != k_names.end();
}

Result<ModelName> ModelName::parse(std::string_view typed) {
    if (typed.empty()) return bad_name(typed, "it is empty");
    if (typed.size() > 63) return bad_name(typed, "it has more than 63 characters");
    if (!is_letter(typed.front()) || !is_identifier(typed)) return bad_name(typed, "it is not an identifier");
    if (is_reserved_in_javascript(typed)) return bad_name(typed, "every JavaScript object has a member of that name");
    for (const auto taken : k_taken)
        if (equal_ignoring_case(typed, taken)) return bad_name(typed, std::string{taken} + " is LoopBack's own");
    return ModelName{std::string{typed}};
}

Result<ModelAddress> parse_model_address(std::string_view typed) {
    const auto colon = typed.find(':');
    if (colon == std::string_view::npos)
        return Error{Errc::usage, in_quotes(typed) + " does not name a model"}.hint(
            "write tenant and model with a colon between: mtm model foo:Customer");
    MT_TRY(auto tenant, TenantId::parse(typed.substr(0, colon)));
    MT_TRY(auto model, ModelName::parse(typed.substr(colon + 1)));
    return ModelAddress{std::move(tenant), std::move(model)};
}

}  // namespace mt::mtm
