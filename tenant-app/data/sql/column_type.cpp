#include "tenant-app/data/sql/column_type.hpp"

#include <algorithm>
#include <array>

namespace mt::app::sql {

namespace {

std::string in_small_letters(std::string_view text) {
    std::string out{text};
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

/// "timestamp with time zone" → "timestamp"; of "character varying" both words.
std::string_view name_in(std::string_view type) {
    constexpr std::array whole = {std::string_view{"character varying"}, std::string_view{"bit varying"}};
    for (const auto name : whole)
        if (in_small_letters(type).starts_with(name)) return type.substr(0, name.size());
    return type.substr(0, type.find(' '));
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), in_small_letters(name)) != names.end();
}

using Names = std::string_view;
constexpr std::array k_with_length = {Names{"varchar"}, Names{"char"}, Names{"character"}, Names{"character varying"},
                                      Names{"nvarchar"}, Names{"nchar"}, Names{"varbinary"}, Names{"binary"},
                                      Names{"bit"}, Names{"bit varying"}};
constexpr std::array k_with_scale = {Names{"numeric"}, Names{"decimal"}, Names{"dec"}, Names{"fixed"}};
constexpr std::array k_with_precision = {Names{"timestamp"}, Names{"timestamptz"}, Names{"datetime"}, Names{"time"}};
constexpr unsigned k_second_digits_max = 6;

std::string size_for(std::string_view name, const ColumnShape& shape) {
    const auto in_brackets = [](unsigned number) { return "(" + std::to_string(number); };
    if (is_one_of(name, k_with_length)) return shape.length ? in_brackets(*shape.length) + ")" : std::string{};
    if (!shape.precision) return {};
    if (is_one_of(name, k_with_scale))
        return in_brackets(*shape.precision) + (shape.scale ? "," + std::to_string(*shape.scale) : "") + ")";
    const bool takes = is_one_of(name, k_with_precision) && *shape.precision <= k_second_digits_max;
    return takes ? in_brackets(*shape.precision) + ")" : std::string{};
}

}  // namespace

std::string column_type(const Property& property, std::string_view text_with_length) {
    if (!property.shape) return {};
    const auto& shape = *property.shape;
    if (shape.type.empty()) {
        const bool text = property.type == Type::string && !property.array && shape.length;
        return text ? std::string{text_with_length} + "(" + std::to_string(*shape.length) + ")" : std::string{};
    }
    if (shape.type.find('(') != std::string::npos) return shape.type;
    const auto name = name_in(shape.type);
    return std::string{name} + size_for(name, shape) + shape.type.substr(name.size());
}

bool is_text_type(std::string_view type) {
    constexpr std::array names = {Names{"varchar"}, Names{"char"}, Names{"character"}, Names{"character varying"},
                                  Names{"nvarchar"}, Names{"nchar"}, Names{"text"}, Names{"tinytext"},
                                  Names{"mediumtext"}, Names{"longtext"}};
    const auto name = name_in(type);
    return is_one_of(name.substr(0, name.find('(')), names);
}

}  // namespace mt::app::sql
