#include <algorithm>

#include "tenant-app/jobs/discover/candidate.hpp"
#include "tenant-app/jobs/discover/default_value.hpp"

namespace mt::app {

namespace {

const char* type_name(Type type) {
    switch (type) {
        case Type::string: return "string";
        case Type::number: return "number";
        case Type::boolean: return "boolean";
        case Type::date: return "date";
        case Type::object: return "object";
        case Type::any:
        case Type::geopoint:
        case Type::buffer: break;
    }
    return "any";
}

ordered_json mapping_json(const FoundColumn& column) {
    ordered_json out{{"columnName", column.name}};
    if (!column.data_type.empty()) out["dataType"] = column.data_type;
    if (column.length) out["dataLength"] = *column.length;
    if (column.precision) out["dataPrecision"] = *column.precision;
    if (column.scale) out["dataScale"] = *column.scale;
    out["nullable"] = column.nullable ? "Y" : "N";
    return out;
}

/// LoopBack has the place in the key where there are several columns.
ordered_json id_json(const Candidate& candidate, const FoundColumn& column) {
    if (!candidate.has_composite_id()) return true;
    const auto& columns = candidate.id_columns;
    return std::find(columns.begin(), columns.end(), column.name) - columns.begin() + 1;
}

/// What a client need not give, or must.
void add_presence(Candidate& candidate, const FoundColumn& column, bool is_id, ordered_json& out) {
    const auto fallback = discovered_default(column);
    const bool has_default = !fallback.value.is_null() || !fallback.function.empty();
    if ((!column.nullable || is_id) && !has_default) out["required"] = true;
    if (!fallback.value.is_null()) out["default"] = fallback.value;
    if (!fallback.function.empty()) out["defaultFn"] = fallback.function;
    if (fallback.unknown)
        candidate.notes.push_back("the default of " + column.name + ", " + column.default_sql +
                                  ", is the database's alone: a row made here " +
                                  (column.nullable ? "has null" : "must say a value"));
}

ordered_json property_json(Candidate& candidate, const FoundColumn& column, const std::string& key) {
    const bool is_id = candidate.is_id(column.name);
    ordered_json out{{"type", type_name(*column.type)}};
    // PostgreSQL answers what its default has made, whatever that is.
    const bool generated = is_id && (column.counted || (key == "postgresql" && !column.default_sql.empty()));
    if (is_id) {
        out["id"] = id_json(candidate, column);
        out["generated"] = generated;
    }
    if (!generated) add_presence(candidate, column, is_id, out);
    if (column.length) out["length"] = *column.length;
    if (!is_id && candidate.table->is_unique(column.name)) out["index"] = {{"unique", true}};
    out[key] = mapping_json(column);
    return out;
}

ordered_json definition_of(Candidate& candidate, const std::string& key) {
    ordered_json model{{"name", candidate.model}};
    if (!candidate.plural.empty()) model["plural"] = candidate.plural;
    model["base"] = "PersistedModel";
    model["idInjection"] = false;
    model["strict"] = "filter";  // the table has no place for what is not declared
    model["options"] = {{"validateUpsert", true}};
    model[key] = {{"table", candidate.table->name}};
    auto properties = ordered_json::object();
    for (const auto& property : candidate.properties)
        properties[property.name] = property_json(candidate, *property.column, key);
    model["properties"] = std::move(properties);
    model["validations"] = ordered_json::array();
    model["relations"] = candidate.relations;
    model["acls"] = ordered_json::array();
    model["methods"] = ordered_json::object();
    return model;
}

const char* state_name(Candidate::State state) {
    switch (state) {
        case Candidate::State::added: return "new";
        case Candidate::State::exists: return "exists";
        case Candidate::State::skipped: break;
    }
    return "skipped";
}

}  // namespace

ordered_json discovered_entry(Candidate candidate, const std::string& key) {
    ordered_json entry{{"table", candidate.table->name}};
    entry["model"] = candidate.model.empty() ? ordered_json() : ordered_json(candidate.model);
    entry["state"] = state_name(candidate.state);
    if (!candidate.is_new()) {
        entry["reason"] = candidate.reason;
        return entry;
    }
    auto definition = definition_of(candidate, key);
    entry["public"] = !candidate.has_composite_id();
    auto names = ordered_json::array();
    for (const auto& property : candidate.properties) names.push_back(property.name);
    entry["properties"] = std::move(names);
    entry["relations"] = candidate.relation_lines;
    entry["notes"] = candidate.notes;
    entry["definition"] = std::move(definition);
    return entry;
}

}  // namespace mt::app
