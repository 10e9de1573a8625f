// Null is not written: a row has a value or lacks the field, so that a unique index can leave out the rows without one.
#include "tenant-app/connectors/mongodb/values.hpp"

#include <algorithm>

#include "tenant-app/query/js.hpp"

namespace mt::app::mongodb {

namespace {

/// The bytes of {"type": "Buffer", "data": [1, 2]}; nothing for other values.
std::optional<std::string> buffer_bytes(const Value& value) {
    if (js::member(value, "type") != "Buffer") return std::nullopt;
    const auto& data = js::member(value, "data");
    if (!data.is_array()) return std::nullopt;
    std::string bytes;
    for (const auto& item : data) {
        if (!item.is_number_integer() || item < 0 || item > 255) return std::nullopt;
        bytes += static_cast<char>(item.get<int>());
    }
    return bytes;
}

void append_one(Document& out, const Table& table, std::size_t position, std::string_view name, const Value& value) {
    const auto& property = table.property(position);
    if (table.object_ids[position] && is_object_id(value)) {
        out.object_id(name, value.get_ref<const std::string&>());
        return;
    }
    if (property.type == Type::date && value.is_string()) {
        if (const auto ms = js::parse_date(value.get_ref<const std::string&>())) {
            out.time(name, *ms);
            return;
        }
    }
    if (property.type == Type::buffer && value.is_object()) {
        if (const auto bytes = buffer_bytes(value)) {
            out.binary(name, *bytes);
            return;
        }
    }
    out.value(name, value);
}

/// GeoJSON, as LoopBack's connector writes it for a geographical index.
Value point_from(Value value) {
    const auto& pair = js::member(value, "coordinates");
    if (!pair.is_array() || pair.size() != 2) return value;
    return Value{{"lat", pair[1]}, {"lng", pair[0]}};
}

Status check_extra_name(const Table& table, const std::string& name) {
    if (!can_be_name(name))
        return Error{Errc::bad_request, "MongoDB cannot store a property named \"" + name + "\""};
    if (name == "_id" || table.index.contains(name))
        return Error{Errc::bad_request, "\"" + name + "\" is the field of another property"};
    return {};
}

}  // namespace

void append_stored(Document& out, const Table& table, std::size_t position, std::string_view name, const Value& value) {
    if (!table.property(position).array || !value.is_array()) {
        append_one(out, table, position, name, value);
        return;
    }
    Document items{out.library()};
    for (const auto& item : value) append_one(items, table, position, items.next_index(), item);
    out.list(name, items);
}

void append_forms(Document& items, const Table& table, std::size_t position, const Value& value) {
    const auto& property = table.property(position);
    append_one(items, table, position, items.next_index(), value);
    if (property.type != Type::string && property.type != Type::any) return;
    if (is_object_id(value)) {
        if (table.object_ids[position]) items.value(items.next_index(), value);
        else items.object_id(items.next_index(), value.get_ref<const std::string&>());
    }
    if (property.type != Type::any) return;
    // "5" and 5 are equal to JavaScript.
    if (value.is_number()) {
        items.text(items.next_index(), js::to_text(value));
    } else if (value.is_string()) {
        const auto number = js::number_value(js::to_number(value));
        if (number.is_number() && js::to_text(number) == value) items.value(items.next_index(), number);
    }
}

Result<Document> row_of(const Library& library, const Table& table, const Record& record, bool with_id) {
    Document row{library};
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
        const auto& value = record.values[i];
        const bool is_id = i == table.model->id_index;
        if (value.is_null() || is_undefined(value) || (is_id && !with_id)) continue;
        MT_CHECK(check_storable(value));
        append_stored(row, table, i, table.fields[i], value);
    }
    if (!record.extra.is_object()) return row;
    MT_CHECK(check_storable(record.extra));
    for (const auto& [name, value] : record.extra.items()) {
        MT_CHECK(check_extra_name(table, name));
        row.value(name, value);
    }
    return row;
}

Result<Document> changes_of(const Library& library, const Table& table, const Record& changes) {
    Document set{library}, unset{library};
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
        const auto& value = changes.values[i];
        if (is_undefined(value) || i == table.model->id_index) continue;
        MT_CHECK(check_storable(value));
        if (value.is_null()) unset.text(table.fields[i], "");
        else append_stored(set, table, i, table.fields[i], value);
    }
    if (changes.extra.is_object()) {
        MT_CHECK(check_storable(changes.extra));
        for (const auto& [name, value] : changes.extra.items()) {
            MT_CHECK(check_extra_name(table, name));
            set.value(name, value);
        }
    }
    Document out{library};
    if (!set.empty()) out.child("$set", set);
    if (!unset.empty()) out.child("$unset", unset);
    return out;
}

Record record_of(const Library& library, const Table& table, Row row) {
    Record record{*table.model};
    std::fill(record.values.begin(), record.values.end(), Value{});
    for_each(library, row, [&](const char* name, bson_iter_t& at) {
        const auto known = table.index.find(std::string_view{name});
        if (known != table.index.end()) {
            auto value = value_of(library, at);
            if (table.property(known->second).type == Type::geopoint) value = point_from(std::move(value));
            record.values[known->second] = std::move(value);
        } else if (table.has_extra()) {
            if (!record.extra.is_object()) record.extra = json::object();
            record.extra[name] = value_of(library, at);
        }
        return true;
    });
    return record;
}

}  // namespace mt::app::mongodb
