#include <algorithm>

#include "tenant-app/crud/draft.hpp"
#include "tenant-app/crud/inspect.hpp"
#include "tenant-app/query/js.hpp"
#include "tenant-app/query/operators.hpp"

namespace mt::app {

namespace {

bool blank(const Value& value) {
    return value.is_null() || value.is_discarded() || value == "" || (value.is_array() && value.empty());
}

class Errors {
public:
    explicit Errors(const Model& model) : model_(model) {}

    void add(const std::string& property, const char* code, const std::string& message, const std::string& value) {
        const bool first = details_.empty();
        if (!first) text_ += "; ", codes_ += ',', messages_ += ',';
        else first_ = "`" + property + "` " + message;
        text_ += "`" + property + "` " + message + " (value: " + value + ")";
        append(codes_, property, code);
        append(messages_, property, message);
        details_ = "x";
    }

    /// The first message and its property, as an embedding model quotes it; empty if there is none.
    const std::string& first() const { return first_; }

    Status result() const {
        if (details_.empty()) return {};
        return error();
    }

    Error error() const {
        std::string details = "{\"context\":" + js::to_json(model_.name) + ",\"codes\":{" + codes_ + "},\"messages\":{" + messages_ + "}}";
        return Error{Errc::validation, "The `" + model_.name + "` instance is not valid. Details: " + text_ + "."}.with_details(
            std::move(details));
    }

private:
    static void append(std::string& out, const std::string& property, std::string_view text) {
        js::append_quoted(out, property);
        out += ":[";
        js::append_quoted(out, text);
        out += ']';
    }

    const Model& model_;
    std::string text_, codes_, messages_, details_, first_;
};

void check(const Model& model, const Record& record, const Draft& draft, bool is_new, Errors& errors);

/// What is wrong with an embedded value: LoopBack's words for its first error, or nothing.
std::string fault_of(const Model& target, const Value& value) {
    const auto record = embedded_record(target, value);
    if (!record.ok()) return "`" + target.name + "` " + record.error().message();
    Errors errors{target};
    const Draft nothing{target};
    check(target, *record, nothing, false, errors);
    return errors.first();
}

bool has_duplicates(const std::vector<Value>& ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto same = [&](const Value& other) { return !other.is_null() && loosely_equal(ids[i], other); };
        if (std::any_of(ids.begin() + static_cast<std::ptrdiff_t>(i) + 1, ids.end(), same)) return true;
    }
    return false;
}

void check_embedded_list(const Relation& relation, const Property& property, const Value& value, Errors& errors) {
    if (!value.is_array()) return;
    const auto& target = *property.embedded;
    const auto& id_name = target.id().name;
    std::vector<Value> ids;
    for (const auto& item : value) ids.push_back(item.is_object() ? item.value(id_name, json{}) : json{});
    if (has_duplicates(ids)) errors.add(property.name, "uniqueness", "contains duplicate `" + id_name + "`", shown_value(value));
    for (std::size_t i = 0; relation.validate && i < value.size(); ++i) {
        if (!value[i].is_object()) {
            errors.add(property.name, "invalid", "contains invalid item", shown_value(value));
            continue;
        }
        const auto fault = fault_of(target, value[i]);
        if (fault.empty()) continue;
        const auto which = ids[i].is_null() ? "at index `" + std::to_string(i) + "`" : "`" + js::to_text(ids[i]) + "`";
        errors.add(property.name, "invalid", "contains invalid item" + std::string{ids[i].is_null() ? " " : ": "} + which + " (" + fault + ")",
                   shown_value(value));
    }
}

/// What relations demand of the properties in which they keep their instances or ids.
void check_relations(const Model& model, const Record& record, Errors& errors) {
    for (const auto& relation : model.relations) {
        const bool references = relation.kind == RelationKind::references_many;
        const auto at = references || relation.embeds() ? model.find_property(relation.foreign_key) : std::nullopt;
        if (!at) continue;
        const auto& property = model.properties[*at];
        const auto& value = record.values[*at];
        if (references) {
            if (value.is_array() && has_duplicates(value.get<std::vector<Value>>()))
                errors.add(relation.name, "uniqueness", "contains duplicate `" + relation.target_name + "` instance", "undefined");
        } else if (property.embedded && relation.kind == RelationKind::embeds_many) {
            check_embedded_list(relation, property, value, errors);
        } else if (property.embedded && relation.validate && value.is_object()) {
            const auto fault = fault_of(*property.embedded, value);
            if (!fault.empty()) errors.add(relation.name, "invalid", "is invalid: " + fault, "undefined");
        }
    }
}

void check(const Model& model, const Record& record, const Draft& draft, bool is_new, Errors& errors) {
    for (const auto& name : draft.unknown) errors.add(name, "unknown-property", "is not defined in the model", "undefined");
    for (std::size_t i = 0; i < model.properties.size(); ++i) {
        const auto& property = model.properties[i];
        // A new row's required id is made by the database; see Connector::create.
        if (!property.required || i == model.id_index) continue;
        bool invalid_date = false;
        for (const auto at : draft.invalid_dates) invalid_date |= at == i;
        if (!invalid_date && blank(record.values[i])) errors.add(property.name, "presence", "can't be blank", shown_value(record.values[i]));
    }
    for (const auto& fault : draft.faults)
        errors.add(model.properties[fault.property].name, fault.code, fault.message, shown_value(record.values[fault.property]));
    for (const auto at : draft.invalid_dates) errors.add(model.properties[at].name, "date", "is not a valid date", "Invalid Date");
    if (is_new && model.force_id && draft.id_given) errors.add(model.id().name, "absence", "can't be set", shown_value(draft.id_raw));
    check_relations(model, record, errors);
}

}  // namespace

Error invalid_property(const Model& model, const std::string& property, const char* code, const std::string& message, const Value& value) {
    Errors errors{model};
    errors.add(property, code, message, shown_value(value));
    return errors.error();
}

Status validate(const Model& model, const Record& record, const Draft& draft, bool is_new) {
    Errors errors{model};
    check(model, record, draft, is_new, errors);
    return errors.result();
}

}  // namespace mt::app
