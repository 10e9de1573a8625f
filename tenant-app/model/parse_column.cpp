#include "tenant-app/model/parse_column.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace mt::app {

namespace {

constexpr std::size_t k_type_max = 128;

/// A member that is there, and not null.
const ordered_json* member_of(const ordered_json& object, const char* key) {
    const auto it = object.find(key);
    return it == object.end() || it->is_null() ? nullptr : &*it;
}

/// Letters first, then what types are written with: numeric(10,2), enum('a','b'), double precision, text[].
bool is_type_name(const std::string& text) {
    const auto quotes = std::count(text.begin(), text.end(), '\'') + std::count(text.begin(), text.end(), '"');
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c >= 0x80 || std::isalnum(c) != 0 || std::string_view{" _(),.'\"[]"}.find(static_cast<char>(c)) != std::string_view::npos;
    });
    return !text.empty() && text.size() <= k_type_max && plain && quotes % 2 == 0 &&
           (std::isalpha(static_cast<unsigned char>(text[0])) != 0 || text[0] == '"' || text[0] == '_');
}

std::optional<bool> read_nullable(const ordered_json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value == 0 || value == 1) return value == 1;
    if (!value.is_string()) return {};
    auto text = value.get<std::string>();
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (text == "y" || text == "yes" || text == "true") return true;
    if (text == "n" || text == "no" || text == "false") return false;
    return {};
}

class ColumnParser {
public:
    ColumnParser(const JsonFile& file, const std::string& pointer, const ordered_json& value)
        : file_(file), pointer_(pointer), value_(value) {}

    Status names(std::string& column) const {
        for (const char* key : {"columnName", "column", "fieldName"}) {
            const auto* name = member_of(value_, key);
            if (!name) continue;
            if (!name->is_string() || name->get_ref<const std::string&>().empty()) return wrong(key, "is the column's name");
            column = name->get<std::string>();
        }
        return {};
    }

    Status shape(ColumnShape& shape) const {
        if (const auto* type = member_of(value_, "dataType")) {
            if (!type->is_string() || !is_type_name(type->get_ref<const std::string&>()))
                return wrong("dataType", "is a type of the database, such as \"varchar\"");
            shape.type = type->get<std::string>();
        }
        MT_CHECK(number("dataLength", shape.length));
        MT_CHECK(number("dataPrecision", shape.precision));
        MT_CHECK(number("dataScale", shape.scale));
        if (const auto* nullable = member_of(value_, "nullable")) {
            const auto may = read_nullable(*nullable);
            if (!may) return wrong("nullable", "is \"Y\" or \"N\"");
            shape.not_null = !*may;
        }
        return {};
    }

private:
    Error wrong(const char* key, const char* what) const {
        return file_.error_at(pointer_ + "/" + key, std::string{"\""} + key + "\" " + what);
    }

    Status number(const char* key, std::optional<unsigned>& into) const {
        const auto* value = member_of(value_, key);
        if (!value) return {};
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() > std::numeric_limits<unsigned>::max())
            return wrong(key, "is a whole number");
        into = value->get<unsigned>();
        return {};
    }

    const JsonFile& file_;
    const std::string& pointer_;
    const ordered_json& value_;
};

}  // namespace

Status parse_column(const JsonFile& file, const std::string& pointer, const ordered_json& value, Property& property) {
    if (value.is_null()) return {};
    if (!value.is_object()) return file.error_at(pointer, "what a connector is told of a property is an object");
    const ColumnParser parser{file, pointer, value};
    MT_CHECK(parser.names(property.column));
    ColumnShape shape;
    MT_CHECK(parser.shape(shape));
    if (!shape.type.empty() || shape.length || shape.precision || shape.not_null)
        property.shape = std::make_shared<const ColumnShape>(std::move(shape));
    return {};
}

}  // namespace mt::app
