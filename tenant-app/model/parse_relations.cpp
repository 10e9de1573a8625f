#include <algorithm>
#include <array>

#include "tenant-app/model/nearest.hpp"
#include "tenant-app/model/parse_model.hpp"
#include "tenant-app/model/pluralize.hpp"

namespace mt::app {

namespace {

constexpr std::array k_later = {"hasAndBelongsToMany", "embedsOne", "embedsMany", "referencesMany"};

Model* find(std::vector<std::unique_ptr<Model>>& models, std::string_view name) {
    const auto it = std::find_if(models.begin(), models.end(), [&](const auto& m) { return m->name == name; });
    return it == models.end() ? nullptr : it->get();
}

std::string text_of(const ordered_json& value, const char* key) {
    const auto it = value.find(key);
    return it != value.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

/// LoopBack's defineForeignKey: a key that the model does not declare has the type of the id it refers to.
void add_foreign_key(Model& model, const std::string& key, const Model& target, const std::string& target_key) {
    const auto same = std::any_of(model.properties.begin(), model.properties.end(), [&](const Property& p) { return p.name == key; });
    if (same) return;
    Property property;
    property.name = property.column = key;
    property.injected = property.indexed = true;  // looked for by every relation and include
    for (const auto& other : target.properties) {
        if (other.name == target_key) property.type = other.type;
    }
    model.properties.push_back(std::move(property));
}

Status add_relation(Model& holder, const ModelSource& source, const std::string& name, const ordered_json& value,
                    std::vector<std::unique_ptr<Model>>& models, std::vector<std::string>& warnings) {
    const auto pointer = "/relations/" + pointer_escape(name);
    if (!value.is_object()) return source.file.error_at(pointer, "a relation is an object with \"type\" and \"model\"");
    const auto type = text_of(value, "type");
    Relation relation;
    relation.name = name;
    if (type == "hasMany") relation.kind = RelationKind::has_many;
    else if (type == "belongsTo") relation.kind = RelationKind::belongs_to;
    else if (type == "hasOne") relation.kind = RelationKind::has_one;
    else if (std::find(k_later.begin(), k_later.end(), type) != k_later.end()) {
        warnings.push_back(warning_line(source.file, pointer, "relation type " + type + " is not supported yet"));
        return {};
    } else {
        return source.file.error_at(pointer + "/type", "unknown relation type \"" + type + "\"")
            .hint(known_hint(type, {"hasMany", "belongsTo", "hasOne", "hasAndBelongsToMany", "embedsOne", "embedsMany", "referencesMany"}));
    }
    for (const char* option : {"through", "polymorphic"}) {
        if (value.contains(option) && !value[option].is_null() && value[option] != "") {
            warnings.push_back(warning_line(source.file, pointer + "/" + option, "not supported yet"));
            return {};
        }
    }
    relation.target_name = text_of(value, "model");
    if (relation.target_name.empty()) return source.file.error_at(pointer, "the relation does not say its \"model\"");
    Model* target = find(models, relation.target_name);
    if (!target) {
        // LoopBack's own models name each other; a tenant need not have them all.
        if (source.builtin) return {};
        std::vector<std::string> known;
        for (const auto& model : models) known.push_back(model->name);
        return source.file.error_at(pointer + "/model", "relation to an unknown model \"" + relation.target_name + "\"")
            .hint(known_hint(relation.target_name, known));
    }
    if (!holder.persisted || !target->persisted) {
        warnings.push_back(warning_line(source.file, pointer, "a relation between models that are not persisted is not supported yet"));
        return {};
    }
    relation.foreign_key = text_of(value, "foreignKey");
    relation.primary_key = text_of(value, "primaryKey");
    if (const auto options = value.find("options"); options != value.end() && options->is_object())
        relation.disable_include = options->value("disableInclude", json(false)) == true;
    if (relation.kind == RelationKind::belongs_to) {
        if (relation.foreign_key.empty()) relation.foreign_key = name + "Id";
        if (relation.primary_key.empty()) relation.primary_key = target->id().name;
        add_foreign_key(holder, relation.foreign_key, *target, relation.primary_key);
    } else {
        if (relation.foreign_key.empty()) relation.foreign_key = camelize_lower(holder.name) + "Id";
        if (relation.primary_key.empty()) relation.primary_key = holder.id().name;
        add_foreign_key(*target, relation.foreign_key, holder, relation.primary_key);
    }
    const Model& key_holder = relation.kind == RelationKind::belongs_to ? *target : holder;
    const bool has_key = std::any_of(key_holder.properties.begin(), key_holder.properties.end(),
                                     [&](const Property& p) { return p.name == relation.primary_key; });
    if (!has_key) {
        return source.file.error_at(pointer + "/primaryKey", key_holder.name + " has no property \"" + relation.primary_key + "\"");
    }
    const auto same = std::find_if(holder.relations.begin(), holder.relations.end(), [&](const Relation& r) { return r.name == name; });
    if (same != holder.relations.end()) *same = std::move(relation);
    else holder.relations.push_back(std::move(relation));
    return {};
}

}  // namespace

Status parse_relations(std::vector<std::unique_ptr<Model>>& models, const ModelSources& sources,
                       std::vector<std::string>& warnings) {
    for (auto& model : models) {
        const auto line = lineage(model->name, sources);
        for (auto source = line.rbegin(); source != line.rend(); ++source) {
            const auto relations = (*source)->root.find("relations");
            if (relations == (*source)->root.end() || relations->is_null()) continue;
            if (!relations->is_object()) return (*source)->file.error_at("/relations", "\"relations\" is an object");
            for (const auto& [name, value] : relations->items()) {
                MT_CHECK(add_relation(*model, **source, name, value, models, warnings));
            }
        }
    }
    return {};
}

}  // namespace mt::app
