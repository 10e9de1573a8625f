#include "tenant-app/rest/operations.hpp"

#include "tenant-app/rest/operations/handlers.hpp"

// THE table: a REST operation is a row here and a handler in operations/.
namespace mt::app::rest {

namespace {

using enum Target;
using V = Verb;
using I = Input;
using O = Output;

constexpr bool filter = true, where = true, several = true;
constexpr bool no_filter = false, no_where = false, once = false;

// Users' operations take arguments of their own.
constexpr std::string_view k_login_parameters =
    R"({"name":"credentials","in":"body","required":true,"schema":{"type":"object"}},)"
    R"({"name":"include","in":"query","description":"Related objects to include: user","required":false,"type":"string","format":"JSON"})";
constexpr std::string_view k_confirm_parameters =
    R"({"name":"uid","in":"query","required":true,"type":"string"},{"name":"token","in":"query","required":true,"type":"string"},)"
    R"({"name":"redirect","in":"query","required":false,"type":"string"})";
constexpr std::string_view k_reset_parameters = R"({"name":"options","in":"body","required":true,"schema":{"type":"object"}})";
constexpr std::string_view k_change_password_parameters =
    R"({"name":"oldPassword","in":"formData","required":true,"type":"string"},{"name":"newPassword","in":"formData","required":true,"type":"string"})";
constexpr std::string_view k_set_password_parameters = R"({"name":"newPassword","in":"formData","required":true,"type":"string"})";

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
    Operation{V::post, "/change-stream", "createChangeStream", model, I::options, O::stream, no_filter, no_where, several, create_change_stream, "Create a change stream."},
    Operation{V::get,  "/change-stream", "createChangeStream", model, I::options, O::stream, no_filter, no_where, several, create_change_stream, "Create a change stream."},
    Operation{V::post, "/login", "login", user, I::none, O::object, no_filter, no_where, once, login, "Login a user with username/email and password.", k_login_parameters},
    Operation{V::post, "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "Logout a user with access token."},
    Operation{V::get,  "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::put,  "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::patch, "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::del,  "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::post, "/{id}/verify", "prototype.verify", user, I::none, O::nothing, no_filter, no_where, once, verify, "Trigger user's identity verification with configured verifyOptions."},
    Operation{V::get,  "/confirm", "confirm", user, I::none, O::nothing, no_filter, no_where, once, confirm, "Confirm a user registration with identity verification token.", k_confirm_parameters},
    Operation{V::post, "/reset", "resetPassword", user, I::none, O::nothing, no_filter, no_where, once, reset_password, "Reset password for a user with email.", k_reset_parameters},
    Operation{V::post, "/change-password", "changePassword", user, I::none, O::nothing, no_filter, no_where, once, change_password, "Change a user's password.", k_change_password_parameters},
    Operation{V::post, "/reset-password", "setPassword", user, I::none, O::nothing, no_filter, no_where, once, set_password, "Reset user's password via a password-reset token.", k_set_password_parameters},
    Operation{V::get,  "/{scope}", "__get__{scope}", scope, I::none, O::list, filter, no_where, once, scope_find, "Queries {scope} of {model}."},
    Operation{V::post, "/{scope}", "__create__{scope}", scope, I::new_instance, O::instance, no_filter, no_where, once, scope_create, "Creates a new instance in {scope} of this model."},
    Operation{V::del,  "/{scope}", "__delete__{scope}", scope, I::none, O::nothing, no_filter, no_where, once, scope_destroy_all, "Deletes all {scope} of this model."},
    Operation{V::get,  "/{scope}/count", "__count__{scope}", scope, I::none, O::count, no_filter, where, once, scope_count, "Counts {scope} of {model}."},
    // clang-format on
};

}  // namespace

std::span<const Operation> operations() { return k_operations; }

std::string method_name(const Operation& operation, const About& about) {
    std::string name{operation.id};
    const auto fill = [&](std::string_view hole, const std::string& with) {
        if (const auto at = name.find(hole); at != std::string::npos) name.replace(at, hole.size(), with);
    };
    if (about.relation) fill("{relation}", about.via ? about.via->name + "__" + about.relation->name : about.relation->name);
    if (about.scope) fill("{scope}", about.scope->name);
    return name;
}

bool applies(Target target, RelationKind kind) {
    const bool is_through = kind == RelationKind::has_many_through, lists = kind == RelationKind::references_many;
    switch (target) {
        case Target::model:
        case Target::user:
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
