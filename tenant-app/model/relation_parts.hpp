#pragma once
// What the parsers of relations share. Not for use outside tenant-app/model.
#include "tenant-app/model/parse_model.hpp"

namespace mt::app {

using Models = std::vector<std::unique_ptr<Model>>;

/// Where a relation stands: for messages.
struct RelationSource {
    const ModelSource& source;
    std::string pointer;
    const ordered_json& value;

    Error error(const std::string& below, std::string text) const { return source.file.error_at(pointer + below, std::move(text)); }
    /// The text of a member; empty if it is no text.
    std::string text(const char* key) const;
    /// Whether a member of "options" is true.
    bool option(const char* key) const;
};

/// As LoopBack looks models up: by name, then whatever the case. Null: there is none.
Model* find_model(Models& models, std::string_view name);
bool has_property(const Model& model, std::string_view name);

/// LoopBack's defineForeignKey: a key that the model does not declare has the type of the id it refers to.
void add_foreign_key(Model& model, const std::string& key, const Model& target, const std::string& target_key);
/// A property that a relation implies, unless the model declares it.
Property& add_property(Model& model, const std::string& name, Type type);

/// Fills in what "polymorphic" says (true, a selector, or foreignKey and discriminator). Fails with invalid_config.
Status parse_polymorphic(const RelationSource& from, Relation& relation);

/// Makes the property that keeps embedded instances, or a list of ids. Fails with invalid_config.
Status parse_embeds(const RelationSource& from, Model& holder, Model& target, Relation& relation);
Status parse_references(const RelationSource& from, Model& holder, const Model& target, Relation& relation);

/// Finds or makes up the through model of a hasAndBelongsToMany. Fails with invalid_config.
Status parse_habtm(const RelationSource& from, Model& holder, Model& target, Relation& relation, Models& models);
/// Once all relations are known: which keys of the through model a relation uses.
void settle_through(const Model& holder, Relation& relation, Models& models);

}  // namespace mt::app
