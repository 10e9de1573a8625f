#include "tenant-app/rest/operations.hpp"

#include "tenant-app/rest/operations/handlers.hpp"

// THE table: a REST operation is a row here and a handler in operations/. Change streams (GET and POST /change-stream) are the one
// part of LoopBack's PersistedModel that is missing: they need a connector that reports changes.
namespace mt::app::rest {

namespace {

using enum Target;
using V = Verb;
using I = Input;
using O = Output;

constexpr bool filter = true, where = true, several = true;
constexpr bool no_filter = false, no_where = false, once = false;

constexpr std::array k_operations{
    // clang-format off
    Operation{V::get,  "/{id}/{relation}/{fk}", "prototype.__findById__{relation}", to_many, I::none, O::instance, no_filter, no_where, once, related_find_by_id, "Find a related item by id for {relation}."},
    Operation{V::del,  "/{id}/{relation}/{fk}", "prototype.__destroyById__{relation}", to_many, I::none, O::nothing, no_filter, no_where, once, related_destroy_by_id, "Delete a related item by id for {relation}."},
    Operation{V::put,  "/{id}/{relation}/{fk}", "prototype.__updateById__{relation}", to_many, I::instance, O::instance, no_filter, no_where, once, related_update_by_id, "Update a related item by id for {relation}."},
    Operation{V::put,  "/{id}/{relation}/rel/{fk}", "prototype.__link__{relation}", through, I::tie, O::tie, no_filter, no_where, once, related_link, "Add a related item by id for {relation}."},
    Operation{V::put,  "/{id}/{relation}/rel/{fk}", "prototype.__link__{relation}", references, I::none, O::instance, no_filter, no_where, once, related_link, "Add a related item by id for {relation}."},
    Operation{V::del,  "/{id}/{relation}/rel/{fk}", "prototype.__unlink__{relation}", tied, I::none, O::nothing, no_filter, no_where, once, related_unlink, "Remove the {relation} relation to an item by id."},
    Operation{V::head, "/{id}/{relation}/rel/{fk}", "prototype.__exists__{relation}", tied, I::none, O::boolean, no_filter, no_where, once, related_linked, "Check the existence of {relation} relation to an item by id."},
    Operation{V::get,  "/{id}/{relation}", "prototype.__get__{relation}", belongs_to, I::none, O::instance, no_filter, no_where, once, related_get_one, "Fetches belongsTo relation {relation}."},
    Operation{V::get,  "/{id}/{relation}", "prototype.__get__{relation}", to_one, I::none, O::instance, no_filter, no_where, once, related_get_one, "Fetches hasOne relation {relation}."},
    Operation{V::post, "/{id}/{relation}", "prototype.__create__{relation}", to_one, I::instance, O::instance, no_filter, no_where, once, related_create, "Creates a new instance in {relation} of this model."},
    Operation{V::put,  "/{id}/{relation}", "prototype.__update__{relation}", to_one, I::instance, O::instance, no_filter, no_where, once, related_update_by_id, "Update {relation} of this model."},
    Operation{V::del,  "/{id}/{relation}", "prototype.__destroy__{relation}", to_one, I::none, O::nothing, no_filter, no_where, once, related_destroy_by_id, "Deletes {relation} of this model."},
    Operation{V::get,  "/{id}/{relation}", "prototype.__get__{relation}", to_many, I::none, O::list, filter, no_where, once, related_find, "Queries {relation} of {model}."},
    Operation{V::post, "/{id}/{relation}", "prototype.__create__{relation}", to_many, I::new_instance, O::instance, no_filter, no_where, once, related_create, "Creates a new instance in {relation} of this model."},
    Operation{V::del,  "/{id}/{relation}", "prototype.__delete__{relation}", to_many, I::none, O::nothing, no_filter, no_where, once, related_destroy_all, "Deletes all {relation} of this model."},
    Operation{V::get,  "/{id}/{relation}/count", "prototype.__count__{relation}", to_many, I::none, O::count, no_filter, where, once, related_count, "Counts {relation} of {model}."},
    Operation{V::post, "/", "create", model, I::new_instance, O::instance, no_filter, no_where, once, create, "Create a new instance of the model and persist it into the data source."},
    Operation{V::patch, "/", "patchOrCreate", model, I::instance, O::instance, no_filter, no_where, once, patch_or_create, "Patch an existing model instance or insert a new one into the data source."},
    Operation{V::put,  "/", "replaceOrCreate", model, I::instance, O::instance, no_filter, no_where, several, replace_or_create, "Replace an existing model instance or insert a new one into the data source."},
    Operation{V::post, "/replaceOrCreate", "replaceOrCreate", model, I::instance, O::instance, no_filter, no_where, several, replace_or_create, "Replace an existing model instance or insert a new one into the data source."},
    Operation{V::post, "/upsertWithWhere", "upsertWithWhere", model, I::instance, O::instance, no_filter, where, once, upsert_with_where, "Update an existing model instance or insert a new one into the data source based on the where criteria."},
    Operation{V::get,  "/{id}/exists", "exists", model, I::none, O::exists, no_filter, no_where, several, exists, "Check whether a model instance exists in the data source."},
    Operation{V::head, "/{id}", "exists", model, I::none, O::exists, no_filter, no_where, several, exists_or_404, "Check whether a model instance exists in the data source."},
    Operation{V::get,  "/{id}", "findById", model, I::none, O::instance, filter, no_where, once, find_by_id, "Find a model instance by {{id}} from the data source."},
    Operation{V::put,  "/{id}", "replaceById", model, I::instance, O::instance, no_filter, no_where, several, replace_by_id, "Replace attributes for a model instance and persist it into the data source."},
    Operation{V::post, "/{id}/replace", "replaceById", model, I::instance, O::instance, no_filter, no_where, several, replace_by_id, "Replace attributes for a model instance and persist it into the data source."},
    Operation{V::get,  "/", "find", model, I::none, O::list, filter, no_where, once, find, "Find all instances of the model matched by filter from the data source."},
    Operation{V::get,  "/findOne", "findOne", model, I::none, O::instance, filter, no_where, once, find_one, "Find first instance of the model matched by filter from the data source."},
    Operation{V::post, "/update", "updateAll", model, I::instance, O::count, no_filter, where, once, update_all, "Update instances of the model matched by {{where}} from the data source."},
    Operation{V::del,  "/{id}", "deleteById", model, I::none, O::object, no_filter, no_where, once, delete_by_id, "Delete a model instance by {{id}} from the data source."},
    Operation{V::get,  "/count", "count", model, I::none, O::count, no_filter, where, once, count, "Count instances of the model matched by where from the data source."},
    Operation{V::patch, "/{id}", "prototype.patchAttributes", model, I::instance, O::instance, no_filter, no_where, once, patch_attributes, "Patch attributes for a model instance and persist it into the data source."},
    Operation{V::get,  "/{scope}", "__get__{scope}", scope, I::none, O::list, filter, no_where, once, scope_find, "Queries {scope} of {model}."},
    Operation{V::post, "/{scope}", "__create__{scope}", scope, I::new_instance, O::instance, no_filter, no_where, once, scope_create, "Creates a new instance in {scope} of this model."},
    Operation{V::del,  "/{scope}", "__delete__{scope}", scope, I::none, O::nothing, no_filter, no_where, once, scope_destroy_all, "Deletes all {scope} of this model."},
    Operation{V::get,  "/{scope}/count", "__count__{scope}", scope, I::none, O::count, no_filter, where, once, scope_count, "Counts {scope} of {model}."},
    // clang-format on
};

}  // namespace

std::span<const Operation> operations() { return k_operations; }

bool applies(Target target, RelationKind kind) {
    const bool is_through = kind == RelationKind::has_many_through, lists = kind == RelationKind::references_many;
    switch (target) {
        case Target::model:
        case Target::scope: return false;
        case Target::to_many: return is_through || lists || kind == RelationKind::has_many || kind == RelationKind::embeds_many;
        case Target::to_one: return kind == RelationKind::has_one || kind == RelationKind::embeds_one;
        case Target::belongs_to: return kind == RelationKind::belongs_to;
        case Target::tied: return is_through || lists;
        case Target::through: return is_through;
        case Target::references: return lists;
    }
    return false;
}

}  // namespace mt::app::rest
