#include "tenant-app/connectors/postgresql/dialect.hpp"

#include <algorithm>
#include <limits>

#include "tenant-app/connectors/server/values.hpp"
#include "tenant-app/data/sql/render.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app::postgresql {

namespace {

using sql::Kind;

constexpr std::uint64_t k_rows_max = std::numeric_limits<std::int64_t>::max();

/// The type that an operand is cast to, so that its own form decides and not the column's: `id = 1.5` is false, not an
/// error.
std::string_view operand_type(Kind kind, const Value& value) {
    switch (kind) {
        case Kind::text: return "text";
        case Kind::number: return value.is_number_float() ? "numeric" : "bigint";
        case Kind::boolean: return "boolean";
        case Kind::time: return "timestamptz";
        case Kind::json: return "jsonb";
        case Kind::uuid: return "uuid";
        case Kind::other: break;
    }
    return "text";
}

void append_placeholder(sql::Query& query, std::string_view type) {
    query.text += '$' + std::to_string(query.parameters.size());
    if (!type.empty()) query.text.append("::").append(type);
}

/// `{"a","b\"c"}`
std::string array_text(const std::vector<std::string>& items) {
    std::string out = "{";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char c : item) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out += '}';
}

bool digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string padded(long year, std::size_t width) {
    auto text = std::to_string(year);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace

std::string time_text(std::string_view iso) {
    if (iso.empty() || (iso[0] != '+' && iso[0] != '-')) {
        // Year 0 of ISO 8601 is 1 BC.
        return iso.starts_with("0000") ? "0001" + std::string{iso.substr(4)} + " BC" : std::string{iso};
    }
    if (iso.size() < 8 || !digits(iso.substr(1, 6))) return std::string{iso};
    const long year = std::stol(std::string{iso.substr(1, 6)});
    const std::string rest{iso.substr(7)};
    return iso[0] == '+' ? padded(year, 4) + rest : padded(year + 1, 4) + rest + " BC";
}

std::optional<std::string> iso_text(std::string_view time) {
    const bool before_christ = time.ends_with(" BC");
    if (before_christ) time.remove_suffix(3);
    const auto dash = time.find('-');
    if (dash == std::string_view::npos || !digits(time.substr(0, dash)) || dash > 6) return std::nullopt;
    long year = std::stol(std::string{time.substr(0, dash)});
    if (before_christ) year = 1 - year;
    std::string iso = year < 0 ? "-" + padded(-year, 6) : year > 9999 ? "+" + padded(year, 6) : padded(year, 4);
    iso += time.substr(dash);
    if (const auto space = iso.find(' '); space != std::string::npos) iso[space] = 'T';
    // The session's zone is UTC.
    if (iso.ends_with("+00")) iso.resize(iso.size() - 3);
    if (iso.find('T') != std::string::npos) iso += 'Z';
    const auto ms = js::parse_date(iso);
    if (!ms) return std::nullopt;
    return js::iso_date(*ms);
}

std::string Dialect::quote(std::string_view name) const { return sql::quote(name); }

std::optional<std::string> Dialect::encode(const Property& property, Kind kind, const Value& value) const {
    if (value.is_null() || value.is_discarded()) return std::nullopt;
    switch (kind) {
        case Kind::json: return server::well_formed(js::to_json(value));
        case Kind::time:
            return value.is_string() ? time_text(value.get_ref<const std::string&>()) : server::plain_text(value);
        case Kind::number:
            if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
            return server::plain_text(value);
        case Kind::text:
            // A text of a property that may be anything is told from a number by its quotation marks.
            if (!property.array && property.type == Type::any && !property.id)
                return server::well_formed(js::to_json(value));
            return server::plain_text(value);
        case Kind::boolean:
        case Kind::uuid:
        case Kind::other: break;
    }
    return server::plain_text(value);
}

bool Dialect::can_hold(Kind kind, std::string_view text) const {
    if (kind == Kind::uuid) return server::is_uuid(text);
    return text.find('\0') == std::string_view::npos && server::is_strict_utf8(text);
}

Value Dialect::decode(const Property& property, Kind kind, std::string_view text) const {
    switch (kind) {
        case Kind::json: return server::parse_stored(text);
        case Kind::time: {
            auto iso = iso_text(text);
            return iso ? Value(*std::move(iso)) : Value{};
        }
        case Kind::boolean: return server::from_text(property, text == "t" ? "true" : "false");
        case Kind::number:
            if (property.type == Type::boolean) return text != "0";
            return property.type == Type::string && !property.array ? Value(text) : server::number_of(text);
        case Kind::text:
        case Kind::uuid:
        case Kind::other: break;
    }
    if (property.type == Type::date && !property.array)
        if (auto iso = iso_text(text)) return *std::move(iso);
    return server::from_text(property, text);
}

void Dialect::store(sql::Query& query, std::optional<std::string> text) const {
    query.parameters.push_back(std::move(text));
    append_placeholder(query, "");
}

void Dialect::operand(sql::Query& query, Kind kind, const Value& value, std::string text) const {
    query.parameters.emplace_back(std::move(text));
    append_placeholder(query, operand_type(kind, value));
}

/// One parameter, whatever the list's length: the statement's text stays the same and is prepared once.
void Dialect::among(sql::Query& query, Kind kind, std::span<const Value> values, std::vector<std::string> texts,
                    bool negated) const {
    const auto fraction =
        std::find_if(values.begin(), values.end(), [](const Value& value) { return value.is_number_float(); });
    const auto type = operand_type(kind, fraction == values.end() ? values.front() : *fraction);
    query.text += negated ? " <> ALL (" : " = ANY (";
    query.parameters.emplace_back(array_text(texts));
    append_placeholder(query, std::string{type} + "[]");
    query.text += ')';
}

std::string Dialect::ordered(const sql::Column& column) const {
    if (column.kind == Kind::other) return column.name + "::text COLLATE \"C\"";
    return column.kind == Kind::text ? column.name + " COLLATE \"C\"" : column.name;
}

std::string_view Dialect::direction(bool descending) const { return descending ? " DESC NULLS LAST" : " NULLS FIRST"; }

void Dialect::window(sql::Query& query, std::optional<std::uint64_t> limit, std::uint64_t skip) const {
    const auto add = [&](const char* word, std::uint64_t rows) {
        query.text += word;
        query.parameters.emplace_back(std::to_string(std::min(rows, k_rows_max)));
        append_placeholder(query, "bigint");
    };
    if (limit) add(" LIMIT ", *limit);
    if (skip > 0) add(" OFFSET ", skip);
}

std::string Dialect::holds(const std::string& list, const sql::Column& element) const {
    return list + "::jsonb @> to_jsonb(" + element.name + ")";
}

void Dialect::merge(sql::Query& query, const std::string& column, std::string object) const {
    query.text += "coalesce(" + column + ", '{}'::jsonb) || ";
    query.parameters.emplace_back(std::move(object));
    append_placeholder(query, "jsonb");
}

}  // namespace mt::app::postgresql
