#include "tenant-app/jobs/discover/default_value.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tenant-app/query/js.hpp"

namespace mt::app {

namespace {

/// `('a'::character varying)` is 'a'.
std::string_view without_casts(std::string_view sql) {
    for (bool changed = true; changed && !sql.empty();) {
        changed = false;
        while (sql.starts_with(' ')) sql.remove_prefix(1);
        while (sql.ends_with(' ')) sql.remove_suffix(1);
        const auto cast = sql.rfind("::");
        if (cast != std::string_view::npos && sql.find('\'', cast) == std::string_view::npos) {
            sql = sql.substr(0, cast);
            changed = true;
        } else if (sql.starts_with('(') && sql.ends_with(')') && sql.find(')') == sql.size() - 1) {
            sql = sql.substr(1, sql.size() - 2);
            changed = true;
        }
    }
    return sql;
}

/// The text of a constant in quotation marks; nothing for anything else.
std::optional<std::string> quoted_text(std::string_view sql) {
    if (sql.size() < 2 || sql.front() != '\'' || sql.back() != '\'') return {};
    std::string text;
    for (std::size_t i = 1; i + 1 < sql.size(); ++i) {
        if (sql[i] == '\'' && (i + 2 >= sql.size() || sql[++i] != '\'')) return {};
        text += sql[i];
    }
    return text;
}

/// "current_timestamp(3)" → "current_timestamp".
std::string function_name(std::string_view sql) {
    std::string name{sql.substr(0, sql.find('('))};
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
}

bool is_now(std::string_view sql) {
    constexpr std::array names = {
        std::string_view{"now"}, std::string_view{"current_timestamp"}, std::string_view{"localtimestamp"},
        std::string_view{"current_date"}, std::string_view{"curdate"}, std::string_view{"utc_timestamp"},
        std::string_view{"transaction_timestamp"}, std::string_view{"statement_timestamp"},
        std::string_view{"clock_timestamp"}};
    const auto name = function_name(sql);
    if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    return (name == "datetime" || name == "date" || name == "strftime") && sql.find("'now'") != std::string_view::npos;
}

bool is_uuid_call(std::string_view sql) {
    const auto name = function_name(sql);
    return sql.ends_with("()") && (name == "uuid" || name == "gen_random_uuid" || name.ends_with("uuid_generate_v4"));
}

json constant(Type type, std::string_view sql) {
    const auto quoted = quoted_text(sql);
    const std::string text = quoted ? *quoted : std::string{sql};
    switch (type) {
        case Type::string: return quoted || !std::isnan(js::to_number(std::string_view{text})) ? json(text) : json();
        case Type::number: return text.empty() ? json() : js::number_value(js::to_number(std::string_view{text}));
        case Type::boolean: {
            const auto word = function_name(text);
            if (word == "true" || word == "t" || word == "1") return true;
            if (word == "false" || word == "f" || word == "0") return false;
            return {};
        }
        case Type::date: return quoted && js::parse_date(text) ? json(text) : json();
        case Type::object: {
            auto value = quoted ? parse_json(text) : Result<json>{json()};
            return value.ok() ? *std::move(value) : json();
        }
        case Type::any:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return {};
}

}  // namespace

DiscoveredDefault discovered_default(const FoundColumn& column) {
    DiscoveredDefault found;
    const auto sql = without_casts(column.default_sql);
    if (sql.empty() || function_name(sql) == "null") return found;
    if (column.type == Type::date && is_now(sql)) found.function = "now";
    else if (column.type == Type::string && is_uuid_call(sql)) found.function = "uuid";
    else found.value = constant(*column.type, sql);
    found.unknown = found.function.empty() && found.value.is_null();
    return found;
}

}  // namespace mt::app
