#include <algorithm>

#include "tenant-app/model/pluralize.hpp"
#include "tenant-app/model/relation_parts.hpp"

// What each kind of relation adds to the models it ties, as LoopBack's relation-definition does when both are attached.
namespace mt::app {

namespace {

std::shared_ptr<const json> default_of(json value) { return std::make_shared<const json>(std::move(value)); }

/// LoopBack never lets the property have the relation's own name.
std::string property_name(const RelationSource& from, const Relation& relation, std::string name) {
    if (auto given = from.text("property"); !given.empty()) name = std::move(given);
    return name == relation.name ? "_" + name : name;
}

const Relation* belongs_to(const Model& through, const Model& target, std::string_view but_not) {
    for (const auto& relation : through.relations) {
        const bool fits = relation.kind == RelationKind::belongs_to && relation.target_name == target.name;
        if (fits && relation.foreign_key != but_not) return &relation;
    }
    return nullptr;
}

void add_belongs_to(Model& through, const Model& target) {
    if (belongs_to(through, target, {})) return;
    Relation relation;
    relation.name = relation.path = camelize_lower(target.name);
    relation.kind = RelationKind::belongs_to;
    relation.target_name = target.name;
    relation.foreign_key = relation.name + "Id";
    relation.primary_key = target.id().name;
    add_foreign_key(through, relation.foreign_key, target, relation.primary_key);
    through.relations.push_back(std::move(relation));
}

std::unique_ptr<Model> made_up_through(const std::string& name, const Model& holder) {
    auto model = std::make_unique<Model>();
    model->name = model->table = name;
    model->plural = pluralize(name);
    model->datasource = holder.datasource;
    model->is_public = false;
    Property id;
    id.name = id.column = "id";
    id.type = Type::number;
    id.id = id.generated = id.injected = true;
    model->properties.push_back(std::move(id));
    return model;
}

}  // namespace

Status parse_polymorphic(const RelationSource& from, Relation& relation) {
    const auto& value = from.value["polymorphic"];
    const auto member = [&](const char* key) {
        const auto it = value.is_object() ? value.find(key) : value.end();
        return value.is_object() && it != value.end() && it->is_string() ? it->get<std::string>() : std::string{};
    };
    std::string selector = value.is_string() ? value.get<std::string>() : member("selector");
    if (selector.empty()) selector = member("as");
    if (selector.empty()) selector = relation.name;
    const auto key = member("foreignKey"), discriminator = member("discriminator");
    if (key.empty() != discriminator.empty()) {
        return from.error("/polymorphic", "a polymorphic relation says both \"foreignKey\" and \"discriminator\", or neither");
    }
    const auto base = camelize_lower(selector);
    relation.foreign_key = !key.empty() ? key : base + "Id";
    relation.discriminator = !discriminator.empty() ? discriminator : base + "Type";
    return {};
}

Status parse_embeds(const RelationSource& from, Model& holder, Model& target, Relation& relation) {
    const bool many = relation.kind == RelationKind::embeds_many;
    const auto name = camelize_lower(target.name);
    relation.foreign_key = property_name(from, relation, many ? camelize_lower(pluralize(target.name)) : name);
    relation.validate = !(from.value.contains("options") && from.value["options"].is_object() &&
                          from.value["options"].contains("validate") && from.value["options"]["validate"] == false);
    relation.force_embedded_id = from.option("forceId");
    relation.persistent = from.option("persistent");
    relation.prepend = from.option("prepend");
    // What is embedded has an id: LoopBack's transient data source makes one where the model says nothing of it.
    const bool has_id = std::any_of(target.properties.begin(), target.properties.end(), [](const Property& p) { return p.id; });
    if (!has_id) {
        add_property(target, "id", Type::string);
        for (std::size_t i = 0; i < target.properties.size(); ++i) {
            if (target.properties[i].name == "id") target.id_index = i;
        }
        auto& id = target.properties[target.id_index];
        id.id = true;
        if (id.injected) id.generated = true, id.indexed = false;
        target.force_id = id.generated;
    }
    relation.primary_key = target.id().name;
    auto& property = add_property(holder, relation.foreign_key, Type::object);
    property.type = Type::object;
    property.array = many;
    property.indexed = false;
    property.embedded = &target;
    if (many && !from.option("omitDefaultEmbeddedItem")) property.default_value = default_of(json::array());
    if (!many && from.value.contains("default")) {
        const auto& value = from.value["default"];
        if (value == true) property.default_value = default_of(json::object());
        else if (value.is_object()) property.default_value = default_of(json(value));
    }
    return {};
}

Status parse_references(const RelationSource& from, Model& holder, const Model& target, Relation& relation) {
    if (!target.persisted) return from.error("/model", "a referencesMany leads to a model that is stored");
    relation.foreign_key = from.text("foreignKey");
    if (relation.foreign_key.empty()) relation.foreign_key = camelize_lower(target.name) + "Ids";
    relation.primary_key = target.id().name;
    relation.prepend = from.option("prepend");
    auto& property = add_property(holder, relation.foreign_key, target.id().type);
    property.array = true;
    property.indexed = false;
    if (!property.default_value) property.default_value = default_of(json::array());
    return {};
}

Status parse_habtm(const RelationSource& from, Model& holder, Model& target, Relation& relation, Models& models) {
    Model* through = nullptr;
    auto name = from.text("through");
    if (!name.empty()) {
        through = find_model(models, name);
        if (!through) return from.error("/through", "unknown model \"" + name + "\"");
    } else if (name = from.text("throughTable"); !name.empty()) {
        through = find_model(models, name);
    } else {
        through = find_model(models, holder.name + target.name);
        if (!through) through = find_model(models, target.name + holder.name);
        name = holder.name + target.name;
    }
    if (!through) {
        models.push_back(made_up_through(name, holder));
        through = models.back().get();
    }
    if (!through->persisted) return from.error("/through", "\"" + through->name + "\" is not stored: it cannot tie two models");
    add_belongs_to(*through, holder);
    add_belongs_to(*through, target);
    relation.through_name = through->name;
    return {};
}

void settle_through(const Model& holder, Relation& relation, Models& models) {
    Model& through = *find_model(models, relation.through_name);
    const Model& target = *find_model(models, relation.target_name);
    if (relation.foreign_key.empty()) {
        const auto* back = belongs_to(through, holder, {});
        const auto usual = camelize_lower(holder.name) + "Id";
        relation.foreign_key = back && !has_property(through, usual) ? back->foreign_key : usual;
    }
    if (relation.through_key.empty()) {
        const auto* on = belongs_to(through, target, relation.foreign_key);
        relation.through_key = on ? on->foreign_key : camelize_lower(target.name) + "Id";
    }
    add_foreign_key(through, relation.foreign_key, holder, relation.primary_key);
    add_foreign_key(through, relation.through_key, target, target.id().name);
    if (relation.polymorphic()) add_property(through, relation.discriminator, Type::string);
}

}  // namespace mt::app
