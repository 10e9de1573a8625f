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
    R"({"name":"include","in":"query","description":"user: the answer holds the user as well","required":false,"type":"string","format":"JSON"})";
constexpr std::string_view k_confirm_parameters =
    R"({"name":"uid","in":"query","required":true,"type":"string"},{"name":"token","in":"query","required":true,"type":"string"},)"
    R"({"name":"redirect","in":"query","required":false,"type":"string"})";
constexpr std::string_view k_reset_parameters = R"({"name":"options","in":"body","required":true,"schema":{"type":"object"}})";
constexpr std::string_view k_change_password_parameters =
    R"({"name":"oldPassword","in":"formData","required":true,"type":"string"},{"name":"newPassword","in":"formData","required":true,"type":"string"})";
constexpr std::string_view k_set_password_parameters = R"({"name":"newPassword","in":"formData","required":true,"type":"string"})";

constexpr std::array k_operations{
    // clang-format off
    Operation{V::get,  "/{id}/{relation}/{fk}", "prototype.__findById__{relation}", to_many, I::none, O::instance, no_filter, no_where, once, related_find_by_id, "Answers one of {relation}."},
    Operation{V::del,  "/{id}/{relation}/{fk}", "prototype.__destroyById__{relation}", to_many, I::none, O::nothing, no_filter, no_where, once, related_destroy_by_id, "Deletes one of {relation}."},
    Operation{V::put,  "/{id}/{relation}/{fk}", "prototype.__updateById__{relation}", to_many, I::instance, O::instance, no_filter, no_where, once, related_update_by_id, "Changes one of {relation}."},
    Operation{V::put,  "/{id}/{relation}/rel/{fk}", "prototype.__link__{relation}", through, I::tie, O::tie, no_filter, no_where, once, related_link, "Ties an instance to this one by {relation}."},
    Operation{V::put,  "/{id}/{relation}/rel/{fk}", "prototype.__link__{relation}", references, I::none, O::instance, no_filter, no_where, once, related_link, "Ties an instance to this one by {relation}."},
    Operation{V::del,  "/{id}/{relation}/rel/{fk}", "prototype.__unlink__{relation}", tied, I::none, O::nothing, no_filter, no_where, once, related_unlink, "Unties an instance from this one."},
    Operation{V::head, "/{id}/{relation}/rel/{fk}", "prototype.__exists__{relation}", tied, I::none, O::boolean, no_filter, no_where, once, related_linked, "Tells whether an instance is tied to this one."},
    Operation{V::get,  "/{id}/{relation}", "prototype.__get__{relation}", belongs_to, I::none, O::instance, no_filter, no_where, once, related_get_one, "Answers the instance that {relation} points to."},
    Operation{V::get,  "/{id}/{relation}", "prototype.__get__{relation}", to_one, I::none, O::instance, no_filter, no_where, once, related_get_one, "Answers the instance that {relation} leads to."},
    Operation{V::post, "/{id}/{relation}", "prototype.__create__{relation}", to_one, I::instance, O::instance, no_filter, no_where, once, related_create, "Creates an instance and relates it by {relation}."},
    Operation{V::put,  "/{id}/{relation}", "prototype.__update__{relation}", to_one, I::instance, O::instance, no_filter, no_where, once, related_update_by_id, "Changes the instance that {relation} leads to."},
    Operation{V::del,  "/{id}/{relation}", "prototype.__destroy__{relation}", to_one, I::none, O::nothing, no_filter, no_where, once, related_destroy_by_id, "Deletes the instance that {relation} leads to."},
    Operation{V::get,  "/{id}/{relation}", "prototype.__get__{relation}", to_many, I::none, O::list, filter, no_where, once, related_find, "Lists {relation} of an instance."},
    Operation{V::post, "/{id}/{relation}", "prototype.__create__{relation}", to_many, I::new_instance, O::instance, no_filter, no_where, once, related_create, "Creates an instance and relates it by {relation}."},
    Operation{V::del,  "/{id}/{relation}", "prototype.__delete__{relation}", to_many, I::none, O::nothing, no_filter, no_where, once, related_destroy_all, "Deletes all of {relation}."},
    Operation{V::get,  "/{id}/{relation}/count", "prototype.__count__{relation}", to_many, I::none, O::count, no_filter, where, once, related_count, "Counts {relation} of an instance."},
    Operation{V::post, "/", "create", model, I::new_instance, O::instance, no_filter, no_where, once, create, "Creates an instance, or several from a list."},
    Operation{V::patch, "/", "patchOrCreate", model, I::instance, O::instance, no_filter, no_where, once, patch_or_create, "Changes the instance of the given id, or creates it."},
    Operation{V::put,  "/", "replaceOrCreate", model, I::instance, O::instance, no_filter, no_where, several, replace_or_create, "Replaces the instance of the given id, or creates it."},
    Operation{V::post, "/replaceOrCreate", "replaceOrCreate", model, I::instance, O::instance, no_filter, no_where, several, replace_or_create, "Replaces the instance of the given id, or creates it."},
    Operation{V::post, "/upsertWithWhere", "upsertWithWhere", model, I::instance, O::instance, no_filter, where, once, upsert_with_where, "Changes the one instance that matches, or creates one."},
    Operation{V::get,  "/{id}/exists", "exists", model, I::none, O::exists, no_filter, no_where, several, exists, "Tells whether there is an instance of this id."},
    Operation{V::head, "/{id}", "exists", model, I::none, O::exists, no_filter, no_where, several, exists_or_404, "Tells whether there is an instance of this id."},
    Operation{V::get,  "/{id}", "findById", model, I::none, O::instance, filter, no_where, once, find_by_id, "Answers the instance of this id."},
    Operation{V::put,  "/{id}", "replaceById", model, I::instance, O::instance, no_filter, no_where, several, replace_by_id, "Replaces an instance: what is not given is gone."},
    Operation{V::post, "/{id}/replace", "replaceById", model, I::instance, O::instance, no_filter, no_where, several, replace_by_id, "Replaces an instance: what is not given is gone."},
    Operation{V::get,  "/", "find", model, I::none, O::list, filter, no_where, once, find, "Lists the instances that match."},
    Operation{V::get,  "/findOne", "findOne", model, I::none, O::instance, filter, no_where, once, find_one, "Answers the first instance that matches."},
    Operation{V::post, "/update", "updateAll", model, I::instance, O::count, no_filter, where, once, update_all, "Changes all instances that match, and counts them."},
    Operation{V::del,  "/{id}", "deleteById", model, I::none, O::object, no_filter, no_where, once, delete_by_id, "Deletes the instance of this id."},
    Operation{V::get,  "/count", "count", model, I::none, O::count, no_filter, where, once, count, "Counts the instances that match."},
    Operation{V::patch, "/{id}", "prototype.patchAttributes", model, I::instance, O::instance, no_filter, no_where, once, patch_attributes, "Changes the given properties of an instance."},
    Operation{V::post, "/change-stream", "createChangeStream", model, I::options, O::stream, no_filter, no_where, several, create_change_stream, "Streams changes of instances as server-sent events."},
    Operation{V::get,  "/change-stream", "createChangeStream", model, I::options, O::stream, no_filter, no_where, several, create_change_stream, "Streams changes of instances as server-sent events."},
    Operation{V::post, "/login", "login", user, I::none, O::object, no_filter, no_where, once, login, "Answers an access token for a user name or email and a password.", k_login_parameters},
    Operation{V::post, "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "Ends the session of the request's token."},
    Operation{V::get,  "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::put,  "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::patch, "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::del,  "/logout", "logout", user, I::none, O::nothing, no_filter, no_where, once, logout, "", {}, true},
    Operation{V::post, "/{id}/verify", "prototype.verify", user, I::none, O::nothing, no_filter, no_where, once, verify, "Sends the mail that lets a user confirm the address."},
    Operation{V::get,  "/confirm", "confirm", user, I::none, O::nothing, no_filter, no_where, once, confirm, "Confirms a user's address with the token from the mail.", k_confirm_parameters},
    Operation{V::post, "/reset", "resetPassword", user, I::none, O::nothing, no_filter, no_where, once, reset_password, "Sends a token for a new password.", k_reset_parameters},
    Operation{V::post, "/change-password", "changePassword", user, I::none, O::nothing, no_filter, no_where, once, change_password, "Changes the password of the user who is logged in.", k_change_password_parameters},
    Operation{V::post, "/reset-password", "setPassword", user, I::none, O::nothing, no_filter, no_where, once, set_password, "Sets a password with the token that a reset has sent.", k_set_password_parameters},
    Operation{V::get,  "/{scope}", "__get__{scope}", scope, I::none, O::list, filter, no_where, once, scope_find, "Lists {scope}."},
    Operation{V::post, "/{scope}", "__create__{scope}", scope, I::new_instance, O::instance, no_filter, no_where, once, scope_create, "Creates an instance within {scope}."},
    Operation{V::del,  "/{scope}", "__delete__{scope}", scope, I::none, O::nothing, no_filter, no_where, once, scope_destroy_all, "Deletes all of {scope}."},
    Operation{V::get,  "/{scope}/count", "__count__{scope}", scope, I::none, O::count, no_filter, where, once, scope_count, "Counts {scope}."},
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
