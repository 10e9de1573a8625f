#include <limits>

#include "tenant-app/connectors/sqlite/database.hpp"
#include "tenant-app/query/evaluate.hpp"
#include "tenant-app/query/js.hpp"

namespace mt::app::sqlite {

namespace {

constexpr const char* k_pointer_type = "mt_condition";

/// What one mt_test() parameter stands for; made when it is bound, freed by SQLite when it is bound anew.
struct BoundTest {
    Test test;
    const Property* property;  ///< null: the column is `_extra`
    std::string extra_key;
};

void free_test(void* test) { std::unique_ptr<BoundTest>{static_cast<BoundTest*>(test)}.reset(); }

std::string_view text_of(sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return text ? std::string_view{text, static_cast<std::size_t>(sqlite3_value_bytes(value))} : std::string_view{};
}

bool holds_json(const Property& property) {
    return property.array || property.type == Type::any || property.type == Type::object || property.type == Type::geopoint ||
           property.type == Type::buffer;
}

Value parse_stored(std::string_view text) {
    auto value = json::parse(text, nullptr, false);
    if (!value.is_discarded()) return value;
    // Half a surrogate pair is no JSON to the library. A table that others filled may hold plain text here.
    auto lenient = parse_json(text);
    return lenient.ok() ? *std::move(lenient) : Value(text);
}

void mt_test(sqlite3_context* context, int, sqlite3_value** arguments) {
    const auto* bound = static_cast<const BoundTest*>(sqlite3_value_pointer(arguments[1], k_pointer_type));
    if (!bound) {
        sqlite3_result_error(context, "mt_test: no condition", -1);
        return;
    }
    bool holds = false;
    if (bound->property) {
        holds = bound->test(read_value(*bound->property, arguments[0]));
    } else {
        Value extra;
        if (sqlite3_value_type(arguments[0]) == SQLITE_TEXT) extra = parse_stored(text_of(arguments[0]));
        const auto member = extra.is_object() ? extra.find(bound->extra_key) : extra.end();
        holds = bound->test(extra.is_object() && member != extra.end() ? *member : Value{});
    }
    sqlite3_result_int(context, holds);
}

/// The members of the second object over those of the first, one level deep.
void mt_merge(sqlite3_context* context, int, sqlite3_value** arguments) {
    Value base = sqlite3_value_type(arguments[0]) == SQLITE_TEXT ? parse_stored(text_of(arguments[0])) : Value{};
    const Value changes = parse_stored(text_of(arguments[1]));
    if (!base.is_object()) base = json::object();
    for (const auto& [key, value] : changes.items()) base[key] = value;
    const auto text = js::to_json(base);
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

/// Metres from a stored point to (lat, lng). What is no point is farther than anything.
void mt_distance(sqlite3_context* context, int, sqlite3_value** arguments) {
    const Value stored = sqlite3_value_type(arguments[0]) == SQLITE_TEXT ? parse_stored(text_of(arguments[0])) : Value{};
    const auto place = point_of(value_at(stored, parse_stored(text_of(arguments[1])).get<std::vector<std::string>>()));
    const Point from{sqlite3_value_double(arguments[2]), sqlite3_value_double(arguments[3])};
    sqlite3_result_double(context, place ? distance(*place, from) : std::numeric_limits<double>::max());
}

}  // namespace

Status define_functions(sqlite3* db) {
    const int pure = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    const bool defined = sqlite3_create_function_v2(db, "mt_test", 2, pure, nullptr, mt_test, nullptr, nullptr, nullptr) == SQLITE_OK &&
                         sqlite3_create_function_v2(db, "mt_merge", 2, pure, nullptr, mt_merge, nullptr, nullptr, nullptr) == SQLITE_OK &&
                         sqlite3_create_function_v2(db, "mt_distance", 4, pure, nullptr, mt_distance, nullptr, nullptr, nullptr) == SQLITE_OK;
    if (!defined) return Error{Errc::failed, "database: cannot define functions"};
    return {};
}

Status bind_value(Database& database, sqlite3_stmt* statement, int at, const Value& value) {
    int bound = SQLITE_OK;
    switch (value.type()) {
        case json::value_t::boolean: bound = sqlite3_bind_int(statement, at, value.get<bool>() ? 1 : 0); break;
        case json::value_t::number_integer:
        case json::value_t::number_unsigned: bound = sqlite3_bind_int64(statement, at, value.get<std::int64_t>()); break;
        case json::value_t::number_float: bound = sqlite3_bind_double(statement, at, value.get<double>()); break;
        case json::value_t::string: {
            const auto& text = value.get_ref<const std::string&>();
            bound = sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
            break;
        }
        case json::value_t::null:
        case json::value_t::discarded: bound = sqlite3_bind_null(statement, at); break;
        case json::value_t::object:
        case json::value_t::array:
        case json::value_t::binary: {
            const auto text = js::to_json(value);
            bound = sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
            break;
        }
    }
    if (bound != SQLITE_OK) return database.error();
    return {};
}

Status bind(Database& database, sqlite3_stmt* statement, const std::vector<sql::Parameter>& parameters) {
    int at = 0;
    for (const auto& parameter : parameters) {
        ++at;
        if (!parameter.condition) {
            MT_CHECK(bind_value(database, statement, at, parameter.value));
            continue;
        }
        const auto& condition = *parameter.condition;
        auto test = std::make_unique<BoundTest>(BoundTest{Test{condition}, parameter.property, condition.extra_key});
        // SQLite owns it from here on, even if the call fails.
        if (sqlite3_bind_pointer(statement, at, test.release(), k_pointer_type, free_test) != SQLITE_OK) return database.error();
    }
    return {};
}

Value read_value(const Property& property, sqlite3_value* column) {
    switch (sqlite3_value_type(column)) {
        case SQLITE_NULL: return nullptr;
        case SQLITE_INTEGER: {
            const std::int64_t number = sqlite3_value_int64(column);
            if (property.array || property.type != Type::boolean) {
                // LoopBack's own SQLite connector stored dates as milliseconds.
                if (!property.array && property.type == Type::date) return js::iso_date(number);
                return property.type == Type::string && !property.array ? Value(std::to_string(number)) : Value(number);
            }
            return number != 0;
        }
        case SQLITE_FLOAT: {
            const double number = sqlite3_value_double(column);
            return property.type == Type::string && !property.array ? Value(js::to_text(number)) : js::number_value(number);
        }
    }
    const auto text = text_of(column);
    if (holds_json(property)) return parse_stored(text);
    return Value(std::string{text});
}

Value read_column(const Property& property, sqlite3_stmt* statement, int at) {
    return read_value(property, sqlite3_column_value(statement, at));
}

Value read_extra(sqlite3_stmt* statement, int at) {
    if (sqlite3_column_type(statement, at) != SQLITE_TEXT) return nullptr;
    auto extra = parse_stored({reinterpret_cast<const char*>(sqlite3_column_text(statement, at)),
                               static_cast<std::size_t>(sqlite3_column_bytes(statement, at))});
    if (!extra.is_object()) extra = nullptr;
    return extra;
}

}  // namespace mt::app::sqlite
