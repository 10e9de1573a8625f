#include "tenant-app/connectors/mysql/dialect.hpp"

#include <bit>

#include "tenant-app/connectors/server/values.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app::mysql {

namespace {

using sql::Kind;

/// A prepared statement takes 65,535 parameters; one list must leave room for others.
constexpr std::size_t k_list_max = 16'384;
constexpr std::uint64_t k_all_rows = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t k_iso_bytes = 24;  ///< 2020-05-05T08:11:12.001Z; years outside of 0 to 9999 are longer

/// Numbers as a column shows them, without the zeros that only say how many digits it has.
std::string_view without_zeros(std::string_view text) {
    if (text.find('.') == std::string_view::npos || text.find_first_of("eE") != std::string_view::npos) return text;
    text = text.substr(0, text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.remove_suffix(1);
    return text;
}

std::string time_of(const std::string& iso) {
    if (iso.size() != k_iso_bytes) return iso;
    return iso.substr(0, 10) + " " + iso.substr(11, 12);
}

std::optional<std::string> iso_of(std::string_view time) {
    std::string iso{time};
    if (const auto space = iso.find(' '); space != std::string::npos) {
        iso[space] = 'T';
        iso += 'Z';
    }
    const auto ms = js::parse_date(iso);
    if (!ms) return std::nullopt;
    return js::iso_date(*ms);
}

}  // namespace

std::string backquoted(std::string_view name) {
    std::string out = "`";
    for (const char c : name) {
        out += c;
        if (c == '`') out += c;
    }
    return out += '`';
}

void Dialect::set_mariadb(bool is_mariadb) { collation_ = is_mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin"; }

std::optional<std::string> Dialect::encode(const Property& property, Kind kind, const Value& value) const {
    if (value.is_null() || value.is_discarded()) return std::nullopt;
    switch (kind) {
        case Kind::json: return server::well_formed(js::to_json(value));
        case Kind::time:
            return value.is_string() ? time_of(value.get_ref<const std::string&>()) : server::plain_text(value);
        case Kind::number:
        case Kind::boolean:
            if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
            return server::plain_text(value);
        case Kind::text:
            // A text of a property that may be anything is told from a number by its quotation marks.
            if (!property.array && property.type == Type::any && !property.id)
                return server::well_formed(js::to_json(value));
            return server::plain_text(value);
        case Kind::uuid:
        case Kind::other: break;
    }
    return server::plain_text(value);
}

bool Dialect::can_hold(Kind kind, std::string_view text) const {
    if (kind == Kind::uuid) return server::is_uuid(text);
    if (kind == Kind::time) return text.size() == k_iso_bytes;
    return server::is_strict_utf8(text);
}

Value Dialect::decode(const Property& property, Kind kind, std::string_view text) const {
    switch (kind) {
        case Kind::json: return server::parse_stored(text);
        case Kind::time: {
            auto iso = iso_of(text);
            return iso ? Value(*std::move(iso)) : Value{};
        }
        case Kind::boolean: return server::from_text(property, text == "0" ? "false" : "true");
        case Kind::number:
            if (property.type == Type::string && !property.array) return Value(text);
            return server::number_of(without_zeros(text));
        case Kind::text:
        case Kind::uuid:
        case Kind::other: break;
    }
    return server::from_text(property, text);
}

void Dialect::store(sql::Query& query, std::optional<std::string> text) const {
    query.parameters.push_back(std::move(text));
    query.text += '?';
}

/// With a type of its own, so that not the column's decides: as a text `1x` would be equal to 1, and two great numbers
/// to each other.
void Dialect::operand(sql::Query& query, Kind kind, const Value& value, std::string text) const {
    query.parameters.emplace_back(std::move(text));
    switch (kind) {
        case Kind::number: query.text += value.is_number_float() ? "CAST(? AS DOUBLE)" : "CAST(? AS SIGNED)"; return;
        case Kind::boolean: query.text += "CAST(? AS SIGNED)"; return;
        case Kind::time: query.text += "CAST(? AS DATETIME(3))"; return;
        case Kind::text: query.text.append("? COLLATE ").append(collation_); return;
        case Kind::json:
        case Kind::uuid:
        case Kind::other: break;
    }
    query.text += '?';
}

std::size_t Dialect::list_max() const { return k_list_max; }

/// The last value fills the list up to a power of two, so that few different statements have to be prepared.
void Dialect::among(sql::Query& query, Kind kind, std::span<const Value> values, std::vector<std::string> texts,
                    bool negated) const {
    query.text += negated ? " NOT IN (" : " IN (";
    const auto places = std::bit_ceil(texts.size());
    for (std::size_t i = 0; i < places; ++i) {
        const auto which = std::min(i, texts.size() - 1);
        if (i > 0) query.text += ", ";
        operand(query, kind, values[which], texts[which]);
    }
    query.text += ')';
}

std::string Dialect::ordered(const sql::Column& column) const {
    const bool text = column.kind == Kind::text || column.kind == Kind::other;
    if (!text || column.by_bytes) return column.name;
    return "CONVERT(" + column.name + " USING utf8mb4) COLLATE " + std::string{collation_};
}

/// Nulls are less than anything anyway.
std::string_view Dialect::direction(bool descending) const { return descending ? " DESC" : ""; }

void Dialect::window(sql::Query& query, std::optional<std::uint64_t> limit, std::uint64_t skip) const {
    const auto add = [&](const char* word, std::uint64_t rows) {
        query.text += word;
        query.parameters.emplace_back(std::to_string(std::min(rows, k_all_rows)));
    };
    if (limit || skip > 0) add(" LIMIT ?", limit.value_or(k_all_rows));
    if (skip > 0) add(" OFFSET ?", skip);
}

std::string Dialect::holds(const std::string& list, const sql::Column& element) const {
    const bool number = element.kind == Kind::number;
    const auto value = number ? "CAST(" + element.name + " AS CHAR)" : "JSON_QUOTE(" + element.name + ")";
    return "(JSON_TYPE(" + list + ") = 'ARRAY' AND JSON_CONTAINS(" + list + ", " + value + "))";
}

void Dialect::merge(sql::Query& query, const std::string&, std::string object) const {
    store(query, std::move(object));
}

}  // namespace mt::app::mysql
