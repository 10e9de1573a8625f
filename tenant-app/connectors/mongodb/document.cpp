#include "tenant-app/connectors/mongodb/document.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tenant-app/query/js.hpp"

namespace mt::app::mongodb {

namespace {

constexpr std::size_t k_object_id_digits = 24;
constexpr std::int64_t k_time_ms_max = 8'640'000'000'000'000;  // of JavaScript's Date

int size_of(std::string_view name) { return static_cast<int>(name.size()); }

std::string uuid_text(const std::uint8_t* bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

Value binary_of(const Library& library, const bson_iter_t& at) {
    bson_subtype_t kind{};
    std::uint32_t size = 0;
    const std::uint8_t* bytes = nullptr;
    library.binary(&at, &kind, &size, &bytes);
    if (kind == BSON_SUBTYPE_UUID && size == 16) return uuid_text(bytes);
    auto data = json::array();
    for (std::uint32_t i = 0; i < size; ++i) data.push_back(bytes[i]);
    return Value{{"type", "Buffer"}, {"data", std::move(data)}};
}

Value structure_of(const Library& library, const bson_iter_t& at, bool list) {
    Value out = list ? json::array() : json::object();
    bson_iter_t child;
    if (!library.iterate_child(&at, &child)) return out;
    while (library.next(&child)) {
        auto value = value_of(library, child);
        if (list) out.push_back(std::move(value));
        else out[library.key(&child)] = std::move(value);
    }
    return out;
}

std::string hex_of(const Library& library, const bson_oid_t* id) {
    std::array<char, k_object_id_digits + 1> hex{};
    library.object_id_text(id, hex.data());
    return hex.data();
}

Value text_of(const Library& library, const bson_iter_t& at) {
    std::uint32_t size = 0;
    const char* text = library.text(&at, &size);
    return Value(std::string_view{text, size});
}

Value decimal_of(const Library& library, const bson_iter_t& at) {
    bson_decimal128_t decimal;
    if (!library.decimal(&at, &decimal)) return nullptr;
    std::array<char, BSON_DECIMAL128_STRING> text{};
    library.decimal_text(&decimal, text.data());
    return js::number_value(js::to_number(std::string_view{text.data()}));
}

}  // namespace

Document& Document::text(std::string_view name, std::string_view value) {
    library_->append_text(bson_, name.data(), size_of(name), value.data(), size_of(value));
    return *this;
}

Document& Document::number(std::string_view name, std::int64_t value) {
    using Small = std::numeric_limits<std::int32_t>;
    if (value >= Small::min() && value <= Small::max())
        library_->append_int32(bson_, name.data(), size_of(name), static_cast<std::int32_t>(value));
    else library_->append_int64(bson_, name.data(), size_of(name), value);
    return *this;
}

Document& Document::boolean(std::string_view name, bool value) {
    library_->append_bool(bson_, name.data(), size_of(name), value);
    return *this;
}

Document& Document::null(std::string_view name) {
    library_->append_null(bson_, name.data(), size_of(name));
    return *this;
}

Document& Document::time(std::string_view name, std::int64_t ms_since_1970) {
    library_->append_time(bson_, name.data(), size_of(name), ms_since_1970);
    return *this;
}

Document& Document::object_id(std::string_view name, const std::string& hex) {
    bson_oid_t id;
    library_->object_id_parse(&id, hex.c_str());
    library_->append_object_id(bson_, name.data(), size_of(name), &id);
    return *this;
}

Document& Document::binary(std::string_view name, std::string_view bytes) {
    library_->append_binary(bson_, name.data(), size_of(name), BSON_SUBTYPE_BINARY,
                            reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
    return *this;
}

Document& Document::child(std::string_view name, const Document& document) {
    library_->append_document(bson_, name.data(), size_of(name), document.get());
    return *this;
}

Document& Document::list(std::string_view name, const Document& items) {
    library_->append_array(bson_, name.data(), size_of(name), items.get());
    return *this;
}

Document& Document::value(std::string_view name, const Value& value) {
    if (value.is_string()) return text(name, value.get_ref<const std::string&>());
    if (value.is_boolean()) return boolean(name, value.get<bool>());
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        library_->append_double(bson_, name.data(), size_of(name), value.get<double>());
        return *this;
    }
    if (value.is_number_integer()) return number(name, value.get<std::int64_t>());
    if (value.is_number()) {
        library_->append_double(bson_, name.data(), size_of(name), value.get<double>());
        return *this;
    }
    if (!value.is_structured()) return null(name);
    Document inner{*library_};
    if (value.is_array()) {
        for (const auto& item : value) inner.value(inner.next_index(), item);
        return list(name, inner);
    }
    for (const auto& [key, member] : value.items()) inner.value(key, member);
    return child(name, inner);
}

bool is_object_id(const Value& value) {
    const auto* text = value.get_ptr<const std::string*>();
    return text && text->size() == k_object_id_digits && std::all_of(text->begin(), text->end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
}

std::string new_object_id(const Library& library) {
    bson_oid_t id;
    library.object_id_init(&id, nullptr);
    return hex_of(library, &id);
}

bool can_be_name(std::string_view name) {
    return !name.empty() && name[0] != '$' && name.find('.') == std::string_view::npos;
}

Status check_storable(const Value& value) {
    if (value.is_string() && !js::is_utf8(value.get_ref<const std::string&>()))
        return Error{Errc::bad_request, "MongoDB cannot store half a surrogate pair"};
    if (!value.is_structured()) return {};
    for (const auto& [name, member] : value.items()) {
        const bool bad = value.is_object() && (name.find('\0') != std::string::npos || !js::is_utf8(name));
        if (bad) return Error{Errc::bad_request, "MongoDB cannot store a name with the character U+0000"};
        MT_CHECK(check_storable(member));
    }
    return {};
}

void for_each(const Library& library, Row row, const std::function<bool(const char*, bson_iter_t&)>& visit) {
    bson_iter_t at;
    if (!library.iterate(&at, row.bson)) return;
    while (library.next(&at)) {
        if (!visit(library.key(&at), at)) return;
    }
}

Value value_of(const Library& library, bson_iter_t& at) {
    switch (library.type(&at)) {
        case BSON_TYPE_UTF8: return text_of(library, at);
        case BSON_TYPE_SYMBOL: return Value(std::string{library.symbol(&at, nullptr)});
        case BSON_TYPE_INT32: return library.int32(&at);
        case BSON_TYPE_INT64: return library.int64(&at);
        case BSON_TYPE_DOUBLE: return js::number_value(library.real(&at));
        case BSON_TYPE_DECIMAL128: return decimal_of(library, at);
        case BSON_TYPE_BOOL: return library.boolean(&at);
        case BSON_TYPE_DOCUMENT: return structure_of(library, at, false);
        case BSON_TYPE_ARRAY: return structure_of(library, at, true);
        case BSON_TYPE_BINARY: return binary_of(library, at);
        case BSON_TYPE_DATE_TIME: {
            const auto ms = library.time(&at);
            return ms < -k_time_ms_max || ms > k_time_ms_max ? Value{} : Value(js::iso_date(ms));
        }
        case BSON_TYPE_OID: return hex_of(library, library.object_id(&at));
        case BSON_TYPE_REGEX: {
            const char* options = "";
            const std::string pattern = library.regex(&at, &options);
            return Value("/" + pattern + "/" + options);
        }
        case BSON_TYPE_EOD:
        case BSON_TYPE_UNDEFINED:
        case BSON_TYPE_NULL:
        case BSON_TYPE_DBPOINTER:
        case BSON_TYPE_CODE:
        case BSON_TYPE_CODEWSCOPE:
        case BSON_TYPE_TIMESTAMP:
        case BSON_TYPE_MAXKEY:
        case BSON_TYPE_MINKEY: break;
    }
    return nullptr;
}

}  // namespace mt::app::mongodb
