#include "tenant-app/crud/draft.hpp"

#include "tenant-app/query/coerce.hpp"

namespace mt::app {

namespace {

/// Names that every JavaScript object has: LoopBack never stores them, and breaks on the first three.
Result<bool> is_object_member(const std::string& name) {
    for (const char* fatal : {"__proto__", "constructor", "prototype"}) {
        if (name == fatal) return Error{Errc::bad_request, "A property cannot be named " + name};
    }
    for (const char* known : {"toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString"}) {
        if (name == known) return true;
    }
    return false;
}

/// What is to be embedded becomes an instance of its model: coerced, with defaults.
Status shape(const Model& target, Value& value) {
    if (value.is_array()) {
        for (auto& item : value) MT_CHECK(shape(target, item));
    } else if (value.is_object()) {
        MT_TRY(auto record, embedded_record(target, value));
        apply_defaults(target, record);
        value = embedded_json(target, record);
    }
    return {};
}

bool blank_id(const json& value) { return value.is_null() || value == ""; }

}  // namespace

Error value_is_no_object() { return Error{Errc::bad_request, "Value is not an object."}; }

Error no_such_holder(std::string_view id_text) {
    return Error{Errc::not_found, "could not find a model with id " + std::string{id_text}}.labelled("MODEL_NOT_FOUND");
}

Result<Record> embedded_record(const Model& target, const json& value) {
    MT_TRY(auto draft, make_draft(target, value));
    return std::move(draft.record);
}

json embedded_json(const Model& target, const Record& record) {
    json out = record.extra.is_object() ? record.extra : json::object();
    for (std::size_t i = 0; i < record.values.size(); ++i) {
        if (!is_undefined(record.values[i])) out[target.properties[i].name] = record.values[i];
    }
    return out;
}

Result<Draft> make_draft(const Model& model, const json& data) {
    Draft draft{model};
    if (data.is_null()) return draft;
    if (!data.is_object()) return value_is_no_object();
    for (const auto& [name, value] : data.items()) {
        // A password is text; LoopBack's User does not look at anything else.
        if (model.builtin == BuiltIn::user && name == "password" && !value.is_string()) continue;
        if (const auto at = model.find_property(name)) {
            MT_TRY(auto coerced, coerce(model.properties[*at], value));
            if (coerced.invalid_date) draft.invalid_dates.push_back(*at);
            draft.record.values[*at] = std::move(coerced.value);
            if (const auto* embedded = model.properties[*at].embedded) MT_CHECK(shape(*embedded, draft.record.values[*at]));
            if (*at == model.id_index) {
                draft.id_given = !blank_id(value);
                draft.id_raw = value;
                if (!draft.id_given) draft.record.values[*at] = undefined();
            }
            continue;
        }
        MT_TRY(const bool ignored, is_object_member(name));
        if (ignored) continue;
        if (model.find_relation(name)) continue;  // related instances are stored through their own model
        switch (model.strict) {
            case Model::Strict::loose:
                if (name.find('.') != std::string::npos) {
                    return Error{Errc::bad_request, "Property names containing dot(s) are not supported. Model: " + model.name +
                                                        ", dynamic property: " + name};
                }
                draft.record.extra[name] = value;
                break;
            case Model::Strict::filter: break;
            case Model::Strict::fail:
            case Model::Strict::validate: draft.unknown.push_back(name); break;
        }
    }
    return draft;
}

}  // namespace mt::app
